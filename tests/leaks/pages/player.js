/*! https://www.harbour-news.example/licence */
const ORIGINS = ["https://www.harbour-news.example", `https://img.harbour-news.example`, 'wss://www.harbour-news.example/live'];
const template = `<a href="https://www.harbour-news.example/${path}">`, re = /^https?:\/\/elsewhere\.test/;
fetch("\x2f\x2fapi.harbour-news.example:8443\x2fv2"); let name = news.example, n = a / b; // news.example is no host here
//# sourceMappingURL=https://static.harbour-news.example/player.js.map
