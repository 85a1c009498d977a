// The paper's one script: the list of the latest news, and a count that shows whose links the page has.
const api = "http://127.0.0.1:8081/api/latest.json";

async function latest(list) {
  const response = await fetch(api);
  const { items } = await response.json();
  list.replaceChildren(
    ...items.map(({ title, url }) => {
      const link = Object.assign(document.createElement("a"), { href: url, textContent: title });
      const item = document.createElement("li");
      item.append(link);
      return item;
    }),
  );
}

const list = document.getElementById("latest");
if (list) {
  latest(list).catch((error) => {
    list.textContent = `The latest news did not arrive: ${error.message}`;
  });
}

const links = [...document.links];
const here = links.filter((link) => link.host === location.host).length;
document.getElementById("links").textContent =
  `${here} of this page's ${links.length} links stay on ${location.host}.`;
