// An origin on Node's own HTTP server, with its default of five seconds for idle connections; and a
// client of the same requests, Node's `fetch`, to compare the gate with. It serves until standard
// input ends; with an argument, it asks that URL instead, and prints what became of the requests.
import http from "node:http";

const [, , url, method, clients, each] = process.argv;

if (url === undefined) {
  const server = http.createServer((request, response) => {
    request.resume();
    request.on("end", () => response.end("node"));
  });
  server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
} else {
  const counts = {};
  const body = method === "POST" ? "hi" : undefined;
  const client = async (number) => {
    for (let i = 0; i < Number(each); i++) {
      await new Promise((wake) => setTimeout(wake, 4900 + ((number * 7 + i * 13) % 200)));
      const outcome = await fetch(url, { method, body })
        .then(async (response) => (await response.text(), String(response.status)))
        .catch(() => "failed");
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: Number(clients) }, (_, number) => client(number)));
  console.log(JSON.stringify(counts));
}
