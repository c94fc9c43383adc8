create table authors (
  id int generated always as identity primary key,
  name text not null unique
);

create table posts (
  id int generated always as identity primary key,
  slug text not null unique,
  title text not null,
  summary text not null,
  body text not null,
  lang text not null,
  hue int not null,
  author_id int not null references authors,
  published date not null,
  updated date not null,
  -- Counts the saves: several may be on one day.
  revision int not null default 0,
  -- A reader takes in about 1,000 letters a minute, or 400 characters where each is a syllable or a word.
  minutes int generated always as (
    greatest(1, round(length(body) / case when lang in ('zh', 'ja', 'ko') then 400.0 else 1000.0 end))
  ) stored
);

create index posts_by_date on posts (published desc, id);

create table tags (
  id int generated always as identity primary key,
  name text not null unique
);

create table post_tags (
  post_id int not null references posts on delete cascade,
  tag_id int not null references tags,
  position int not null,
  primary key (post_id, tag_id)
);

create index post_tags_by_tag on post_tags (tag_id);
