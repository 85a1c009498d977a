// Answers one path itself, and one from what it has stored.

const STORED = '{site}/data.json';

self.addEventListener('install', (event) => {
  const store = caches.open('first').then((cache) => cache.add(STORED));
  event.waitUntil(store.then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { pathname } = new URL(event.request.url);
  if (pathname === '/from-worker') {
    event.respondWith(Response.json({ stored: STORED, scope: self.registration.scope }));
  }
  if (pathname === '/from-store') event.respondWith(caches.match(STORED));
});
