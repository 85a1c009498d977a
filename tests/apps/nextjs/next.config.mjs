const { hostname, port } = new URL(process.env.ORIGIN ?? 'http://origin.internal.test');

export default {
  images: {
    // The site's pictures have absolute URLs, and the optimiser fetches them by these.
    remotePatterns: [{ protocol: 'http', hostname, port }],
    dangerouslyAllowLocalIP: true,
  },
};
