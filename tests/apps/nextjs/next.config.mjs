// An origin that is told the public name gets that one in the URLs of pictures.
const names = ['ORIGIN', 'PUBLIC'].map((name) => process.env[name]).filter(Boolean);

export default {
  images: {
    // The site's pictures have absolute URLs, and the optimiser fetches them by these.
    remotePatterns: names.map((name) => {
      const { hostname, port } = new URL(name);
      return { protocol: 'http', hostname, port };
    }),
    dangerouslyAllowLocalIP: true,
  },
};
