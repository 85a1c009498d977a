export default async function flow({ page, url, step }) {
  const text = (selector) => page.locator(selector).first().textContent();

  await step('log in, and go where the visit began', async () => {
    await page.goto(url('/wp-admin/edit.php'));
    await page.locator('#user_login').fill('ada');
    await page.locator('#user_pass').fill('analytical');
    await page.locator('#wp-submit').click();
    await page.locator('#wpadminbar').waitFor();
    return [page.url(), await text('h1')];
  });

  await step('write a post in the block editor', async () => {
    await page.goto(url('/wp-admin/post-new.php'));
    await page.waitForFunction(() => globalThis.wp?.data?.select('core/editor').getCurrentPostId());
    return page.evaluate(async () => {
      const { dispatch, select } = globalThis.wp.data;
      const content = `<!-- wp:paragraph --><p><a href="${location.origin}/a/">A</a></p>
        <!-- /wp:paragraph -->`;
      await dispatch('core/editor').editPost({ title: 'Notes', content, status: 'publish' });
      await dispatch('core/editor').savePost();
      const { link, status } = select('core/editor').getCurrentPost();
      return { link, status };
    });
  });

  await step('the REST interface, with its nonce', () => {
    return page.evaluate(async () => {
      // An earlier post, so that the order of the two does not depend on the second.
      const date = '2020-01-02T03:04:05';
      const data = { title: 'Sketch', content: 'A sketch.', status: 'publish', date };
      const post = await globalThis.wp.apiFetch({ path: '/wp/v2/posts', method: 'POST', data });
      const numberless = (url) => url.replace(/\d+$/, '…');
      return { link: post.link, self: numberless(post._links.self[0].href) };
    });
  });

  await step('read the post', async () => {
    await page.goto(url('/notes/'));
    const link = await page.locator('link[rel=canonical]').getAttribute('href');
    return [page.url(), await page.title(), link, await text('.entry-content')];
  });

  await step('a comment', async () => {
    await page.locator('#comment').fill('Well said.');
    await page.locator('#submit').click();
    await page.getByText('Well said.').waitFor();
    return page.url();
  });

  await step('a feed', async () => {
    const feed = await page.evaluate(async () => (await fetch('/feed/')).text());
    return feed.replace(/<(pubDate|lastBuildDate)>.*?</g, '<$1><').replace(/\?p=\d+/g, '?p=…');
  });

  await step('the description of an embed, by a public URL', async () => {
    return page.evaluate(async () => {
      const link = document.querySelector('link[type="application/json+oembed"]').href;
      const { provider_url: provider, title } = await (await fetch(link)).json();
      return { provider, title };
    });
  });

  await step('log out', async () => {
    // What the dashboard still asks for would be refused to a visitor that has gone.
    await page.goto(url('/wp-admin/'), { waitUntil: 'networkidle' });
    await page.evaluate(() => document.querySelector('#wp-admin-bar-logout a').click());
    await page.locator('#user_login').waitFor();
    return new URL(page.url()).pathname;
  });
}
