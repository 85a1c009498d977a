// The page, and the policy that it is under.

import { createHash } from 'node:crypto';

const BY_HASH = "document.documentElement.dataset.byHash = 'runs';";
const STYLE = '#styled { color: rgb(1, 2, 3) }';
const sha256 = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export function page({ site, nonce, hashes, user }) {
  const { host } = new URL(site);
  const policy = [
    "default-src 'self'",
    `script-src 'nonce-${nonce}' ${sha256(BY_HASH)}`,
    `style-src ${site}/static/ ${sha256(STYLE)}`,
    `connect-src 'self' ${site} ws://${host}`,
    `img-src ${host}`,
    `worker-src ${site}`,
    `form-action ${site}`,
    `base-uri ${site}`,
  ].join('; ');
  const map = {
    imports: { greeting: `${site}/static/greeting.mjs` },
    integrity: { [`${site}/static/greeting.mjs`]: hashes['greeting.mjs'] },
  };
  const html = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>The site at ${host}</title>
  <base href="${site}/">
  <link rel="canonical" href="${site}/">
  <link rel="stylesheet" href="${site}/static/site.css" integrity="${hashes['site.css']}">
  <style>${STYLE}</style>
  <script type="importmap" nonce="${nonce}">${JSON.stringify(map)}</script>
  <script>${BY_HASH}</script>
  <script>document.documentElement.dataset.byNothing = 'runs';</script>
  <script src="${site}/static/library.js" integrity="${hashes['library.js']}"
    nonce="${nonce}"></script>
  <script type="module" src="static/app.mjs" integrity="${hashes['app.mjs']}"
    nonce="${nonce}"></script>
</head>
<body>
  <h1>Hello, <span id="user">${user}</span></h1>
  <p id="styled">${host} is where this is.</p>
  <p id="background"></p>
  <img id="image" src="${site}/pixel.svg" alt="">
  <form method="post" action="${site}/login">
    <input name="name" value="ada"><button>Log in</button>
  </form>
  <output id="greeting"></output>
  <output id="library"></output>
  <audio id="audio" preload="metadata"></audio>
</body>
</html>
`;
  return { policy, html };
}
