export default async function flow({ page, url, step }) {
  const seen = async () => ({
    count: await page.locator('output').textContent(),
    link: await page.locator('a').textContent(),
  });

  await step('a component whose state the browser keeps', async () => {
    await page.goto(url('/'));
    return seen();
  });

  await step('a click that sends the state back', async () => {
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByText('1', { exact: true }).waitFor();
    return seen();
  });

  await step('a text with a URL of the site', async () => {
    await page.getByRole('textbox').fill(url('/b/'));
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByText('2', { exact: true }).waitFor();
    return seen();
  });
}
