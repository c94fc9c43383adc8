-- $1: the drafts, as a JSON array, newest first.
with drafts as (
  select *
  from jsonb_to_recordset($1::jsonb) as draft (
    slug text, title text, summary text, body text, lang text, hue int,
    author text, tags text[], published date
  )
),
new_authors as (
  insert into authors (name) select distinct author from drafts order by author
  returning id, name
),
new_tags as (
  insert into tags (name) select distinct unnest(tags) as name from drafts order by name
  returning id, name
),
new_posts as (
  insert into posts (slug, title, summary, body, lang, hue, author_id, published, updated)
  select slug, title, summary, body, lang, hue, new_authors.id, published, published
  from drafts
  join new_authors on new_authors.name = drafts.author
  returning id, slug
)
insert into post_tags (post_id, tag_id, position)
select new_posts.id, new_tags.id, tag.position
from drafts
join new_posts using (slug)
cross join unnest(drafts.tags) with ordinality as tag (name, position)
join new_tags on new_tags.name = tag.name
