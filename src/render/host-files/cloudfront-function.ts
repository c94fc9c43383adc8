import { DistillError } from '../../errors.ts'
import { number } from '../../progress.ts'
import { storedHeaders } from '../../target-options.ts'
import { type Headers, headerRules, without } from './header-rules.ts'
import type { HostedSite } from './hosted-site.ts'
import { decodedBase, locationOf } from './paths.ts'

/** The most bytes of a function: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html */
const maxBytes = 10_240

/**
 * A CloudFront function (JavaScript runtime 2.0) for viewer requests and viewer responses, in front of a bucket that
 * stores content types and caching with each object.
 * @throws {DistillError} `HOST_FILE_INVALID` if it is larger than CloudFront takes
 */
export function cloudfrontFunction({ base, layout, files, shared }: HostedSite): string {
  const root = decodedBase(base)
  const redirects: Record<string, [number, string]> = {}
  const plain: Record<string, 1> = {}
  const extensions = new Set<string>()
  for (const file of files()) {
    const extension = /[^/]\.([^./]+)$/.exec(file.key)?.[1]
    if (extension !== undefined) extensions.add(extension)
    else if (layout !== 'exact') plain[root + file.key] = 1
    if (file.redirect) redirects[root + file.key] = [file.redirect.status, locationOf(file)]
  }
  const stored: Headers = Object.fromEntries(storedHeaders.map((name) => [name, '']))
  const sent = (headers: Headers) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => !(name in stored)))
  const rules = headerRules(files(), (file) => sent(without(file.headers, shared)))
  const headers = Object.fromEntries(rules.map(({ path, headers }) => [root + path, headers]))
  const text = `// Written by vite-distill at each build: a CloudFront function, JavaScript runtime 2.0. Associate it with the viewer
// request and the viewer response of the behavior that serves the site.
var redirects = ${json(redirects)};
var everywhere = ${json(sent(shared))};
var headers = ${json(headers)};
var plain = ${json(plain)};
var extension = /[^/]\\.(?:${[...extensions].sort().map(pattern).join('|')})$/;

function handler(event) {
  var request = event.request;
  var path = decode(request.uri);
  var file = fileOf(path);
  if (event.context.eventType === 'viewer-response') return withHeaders(event.response, file);
  if (redirects[file]) return redirect(redirects[file][0], redirects[file][1]);
${completing[layout]}
  return request;
}

function decode(uri) {
  try {
    return decodeURIComponent(uri);
  } catch (error) {
    return uri;
  }
}

function fileOf(path) {
  if (path.endsWith('/')) return path + 'index.html';
  return extension.test(path) || plain[path] ? path : path + '${{ directory: '/index.html', file: '.html', exact: '' }[layout]}';
}

function redirect(status, to) {
  return { statusCode: status, statusDescription: 'Redirect', headers: { location: { value: to } } };
}

function withHeaders(response, file) {
  var own = headers[file];
  for (var end = file.lastIndexOf('/'); !own && end !== -1; end = end === 0 ? -1 : file.lastIndexOf('/', end - 1))
    own = headers[file.slice(0, end + 1)];
  [everywhere, own || {}].forEach(function (all) {
    Object.keys(all).forEach(function (name) {
      response.headers[name] = { value: all[name] };
    });
  });
  return response;
}
${layout === 'directory' ? queryOf : ''}`
  const size = Buffer.byteLength(text)
  if (size <= maxBytes) return text
  throw new DistillError(
    'HOST_FILE_INVALID',
    `the CloudFront function would have ${number(size)} bytes, and CloudFront takes ${number(maxBytes)}: it would hold ${number(Object.keys(redirects).length)} redirects and ${number(rules.length)} rules of headers`,
    {
      hint: "Give all pages the same headers, put whole folders under one rule, or leave the redirects to the bucket's website endpoint; more fits into a function of your own with a CloudFront KeyValueStore. Or take `'cloudfront-function'` out of `hostFiles`.",
    },
  )
}

/** What a request for a path without a file's name becomes. A path of two slashes would be read as a host. */
const completing = {
  directory: `  if (file !== path && !path.endsWith('/')) return redirect(301, request.uri.replace(/^[/\\\\\\\\]+/, '/') + '/' + queryOf(request.querystring));
  if (path.endsWith('/')) request.uri += 'index.html';`,
  file: `  if (path.endsWith('/')) request.uri += 'index.html';
  else if (file !== path) request.uri += '.html';`,
  exact: `  if (path.endsWith('/')) request.uri += 'index.html';`,
}

const queryOf = `
function queryOf(query) {
  var pairs = [];
  Object.keys(query).forEach(function (name) {
    (query[name].multiValue || [query[name]]).forEach(function (one) {
      pairs.push(one.value === '' ? name : name + '=' + one.value);
    });
  });
  return pairs.length > 0 ? '?' + pairs.join('&') : '';
}
`

/** As JSON of ASCII characters. Every key of these objects starts with \`/\`, so none is \`__proto__\`. */
const json = (value: object) =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

const pattern = (extension: string) =>
  extension.replace(/[^\w]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
