// What a page says of the site is known only when the site runs.
export const dynamic = 'force-dynamic';

export function generateMetadata() {
  return {
    metadataBase: new URL(process.env.ORIGIN),
    title: 'A site in Next.js',
    alternates: { canonical: './', types: { 'application/rss+xml': '/feed.xml' } },
    openGraph: { url: '/', images: ['/picture.png'] },
  };
}

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        {children}
        <footer>{process.env.ORIGIN}</footer>
      </body>
    </html>
  );
}
