globalThis.library = { home: '{site}/', api: new URL('data.json', '{site}/').href };
