// What stands in the playground at first, for each type.

export const CONFIGURATION = `[origin]
url    = "https://origin.example.com"
public = "https://www.example.com"

[[html]]
select  = "head"
prepend = '<script src="/_sg/tag.js"></script>'
once    = true

[[html]]
select = "a[target=_blank]"
set    = { rel = "noopener" }
`;

export const BODIES = {
  'text/html': `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Tides</title>
<link rel="stylesheet" href="https://origin.example.com/style.css">
</head>
<body>
<h1>Tides of the week</h1>
<p>All of them are <a href="https://origin.example.com/tides" target="_blank">here</a>.</p>
<img src="//origin.example.com/harbour.jpg" srcset="https://origin.example.com/harbour-2x.jpg 2x">
<script>
  fetch("https:\\/\\/origin.example.com\\/api\\/tides.json");
</script>
</body>
</html>
`,
  'text/css': `@import "https://origin.example.com/base.css";

.hero {
  background: url(https://origin.example.com/harbour.jpg);
}
`,
  'text/javascript': `const api = "https://origin.example.com/api";

export const tides = () => fetch(\`\${api}/tides.json\`);
`,
  'application/json': `{
  "next": "https:\\/\\/origin.example.com\\/api\\/tides.json?page=2",
  "image": "https://origin.example.com/harbour.jpg"
}
`,
  'image/png': `An image passes: https://origin.example.com/ stays as it is.
`,
};
