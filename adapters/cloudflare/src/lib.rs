//! streamgate on Cloudflare Workers.
