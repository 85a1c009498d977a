export const greeting = 'Hello from {site}/static/greeting.mjs';
