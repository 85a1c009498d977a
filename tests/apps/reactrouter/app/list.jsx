import { Form, Link, data, redirect } from 'react-router';

const items = [];

export function loader({ request }) {
  return { here: request.url, items, byName: new Map(items.map((item) => [item.name, item])) };
}

export async function action({ request }) {
  const form = await request.formData();
  if (form.has('leave')) {
    const headers = { 'Set-Cookie': 'visitor=gone; Path=/' };
    return redirect(new URL('/', request.url).href, { headers });
  }
  const name = form.get('name');
  if (!name) return data({ fault: `no name at ${request.url}` }, { status: 400 });
  items.push({ name, link: new URL(`#${name}`, request.url).href });
  return { fault: null };
}

export default function List({ loaderData: { here, items, byName }, actionData }) {
  return (
    <main>
      <h1>List</h1>
      <p id="here">{here}</p>
      <ul>
        {items.map(({ name }) => (
          <li key={name}>
            <a href={byName.get(name).link}>{name}</a>
          </li>
        ))}
      </ul>
      {actionData?.fault && <p id="fault">{actionData.fault}</p>}
      <Form method="post">
        <input name="name" /> <button>Add</button>
        <button name="leave" value="yes">
          Leave
        </button>
      </Form>
      <Link to="/">Home</Link> <Link to="/slow">Slow</Link>
    </main>
  );
}
