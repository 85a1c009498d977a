export default async function flow({ page, url, step }) {
  const text = (selector) => page.locator(selector).first().textContent();

  await step('log in, and go where the visit began', async () => {
    await page.goto(url('/wp-admin/edit.php?post_type=page'));
    const target = new URL(page.url()).searchParams.get('redirect_to');
    const field = await page.locator('input[name=redirect_to]').inputValue();
    await page.locator('#user_login').fill('ada');
    await page.locator('#user_pass').fill('analytical');
    await page.locator('#wp-submit').click();
    await page.locator('#wpadminbar').waitFor();
    return [target, field, page.url(), await text('h1')];
  });

  await step('upload a picture on the page for media', async () => {
    await page.goto(url('/wp-admin/media-new.php?browser-uploader'));
    const picture = await page.evaluate(() => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 1200, height: 900 });
      canvas.getContext('2d').fillRect(100, 100, 600, 600);
      return canvas.toDataURL('image/png').split(',')[1];
    });
    const buffer = Buffer.from(picture, 'base64');
    const file = { name: 'square.png', mimeType: 'image/png', buffer };
    await page.locator('#async-upload').setInputFiles(file);
    await page.locator('#html-upload').click();
    await page.locator('.attachment img').waitFor();
    return [page.url(), await page.locator('.attachment img').getAttribute('src')];
  });

  await step('write a post in the block editor', async () => {
    await page.goto(url('/wp-admin/post-new.php'));
    await page.waitForFunction(() => globalThis.wp?.data?.select('core/editor').getCurrentPostId());
    return page.evaluate(async () => {
      const { dispatch, select } = globalThis.wp.data;
      const content = `<!-- wp:paragraph --><p><a href="${location.origin}/a/">A</a></p>
        <!-- /wp:paragraph -->`;
      await dispatch('core/editor').editPost({ title: 'Notes', content, status: 'publish' });
      const { apiFetch, blocks } = globalThis.wp;
      const [{ id, source_url: picture }] = await apiFetch({ path: '/wp/v2/media' });
      const image = blocks.createBlock('core/image', { id, url: picture, sizeSlug: 'full' });
      await dispatch('core/block-editor').insertBlocks(image);
      await dispatch('core/editor').savePost();
      const { link, status } = select('core/editor').getCurrentPost();
      return { link, status, picture };
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

  await step('the picture in the post', async () => {
    const picture = page.locator('.entry-content img');
    await picture.scrollIntoViewIfNeeded();
    await page.waitForFunction(() => document.querySelector('.entry-content img').naturalWidth);
    return picture.evaluate(({ currentSrc, src, srcset }) => ({ currentSrc, src, srcset }));
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
