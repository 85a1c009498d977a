//! Services that are well known, and no publisher's own. A route to one would put its scripts and
//! cookies on the publisher's host.

/// Domains, with all hosts below them, and what they are.
const KNOWN: &[(&str, &str)] = &[
    ("2mdn.net", "Google's ads"),
    ("adnxs.com", "Xandr"),
    ("adobedtm.com", "Adobe's tags"),
    ("adsrvr.org", "The Trade Desk"),
    ("ajax.aspnetcdn.com", "Microsoft's libraries"),
    ("amazon-adsystem.com", "Amazon's ads"),
    ("ampproject.org", "AMP"),
    ("apis.google.com", "Google's scripts"),
    ("bing.com", "Bing"),
    ("bootstrapcdn.com", "jsDelivr"),
    ("browser.sentry-cdn.com", "Sentry"),
    ("cdnjs.cloudflare.com", "cdnjs"),
    ("chartbeat.com", "Chartbeat"),
    ("clarity.ms", "Microsoft Clarity"),
    ("cloudflareinsights.com", "Cloudflare's analytics"),
    ("challenges.cloudflare.com", "Cloudflare Turnstile"),
    ("code.jquery.com", "jQuery"),
    ("consensu.org", "a consent manager"),
    ("cookielaw.org", "OneTrust"),
    ("cookiebot.com", "Cookiebot"),
    ("criteo.com", "Criteo"),
    ("criteo.net", "Criteo"),
    ("disqus.com", "Disqus"),
    ("doubleclick.net", "Google's ads"),
    ("esm.sh", "esm.sh"),
    ("facebook.com", "Facebook"),
    ("facebook.net", "Facebook"),
    ("fbcdn.net", "Facebook"),
    ("fontawesome.com", "Font Awesome"),
    ("fonts.bunny.net", "Bunny Fonts"),
    ("fonts.googleapis.com", "Google Fonts"),
    ("fonts.gstatic.com", "Google Fonts"),
    ("google-analytics.com", "Google Analytics"),
    ("google.com", "Google"),
    ("googleadservices.com", "Google's ads"),
    ("googleapis.com", "Google's libraries and storage"),
    ("googlesyndication.com", "Google's ads"),
    ("googletagmanager.com", "Google Tag Manager"),
    ("googletagservices.com", "Google's ads"),
    ("gravatar.com", "Gravatar"),
    ("gstatic.com", "Google"),
    ("hcaptcha.com", "hCaptcha"),
    ("hotjar.com", "Hotjar"),
    ("hs-scripts.com", "HubSpot"),
    ("hsforms.net", "HubSpot"),
    ("instagram.com", "Instagram"),
    ("intercom.io", "Intercom"),
    ("jsdelivr.net", "jsDelivr"),
    ("klarna.com", "Klarna"),
    ("licdn.com", "LinkedIn"),
    ("linkedin.com", "LinkedIn"),
    ("moatads.com", "Moat"),
    ("newrelic.com", "New Relic"),
    ("nr-data.net", "New Relic"),
    ("onetrust.com", "OneTrust"),
    ("openstreetmap.org", "OpenStreetMap"),
    ("optimizely.com", "Optimizely"),
    ("outbrain.com", "Outbrain"),
    ("paypal.com", "PayPal"),
    ("paypalobjects.com", "PayPal"),
    ("pinimg.com", "Pinterest"),
    ("pinterest.com", "Pinterest"),
    ("plausible.io", "Plausible"),
    ("polyfill.io", "polyfill.io"),
    ("privacy-mgmt.com", "Sourcepoint"),
    ("quantserve.com", "Quantcast"),
    ("recaptcha.net", "reCAPTCHA"),
    ("scorecardresearch.com", "Comscore"),
    ("segment.com", "Segment"),
    ("skypack.dev", "Skypack"),
    ("snapchat.com", "Snapchat"),
    ("soundcloud.com", "SoundCloud"),
    ("spotify.com", "Spotify"),
    ("stripe.com", "Stripe"),
    ("taboola.com", "Taboola"),
    ("tiktok.com", "TikTok"),
    ("twimg.com", "X"),
    ("twitter.com", "X"),
    ("typekit.net", "Adobe Fonts"),
    ("unpkg.com", "unpkg"),
    ("usercentrics.eu", "Usercentrics"),
    ("vimeo.com", "Vimeo"),
    ("vimeocdn.com", "Vimeo"),
    ("w3.org", "the W3C"),
    ("wp.com", "WordPress.com"),
    ("x.com", "X"),
    ("youtube-nocookie.com", "YouTube"),
    ("youtube.com", "YouTube"),
    ("ytimg.com", "YouTube"),
    ("zdassets.com", "Zendesk"),
];

/// Returns what a host is if it is a well-known service of somebody else.
pub(super) fn name_of(host: &str) -> Option<&'static str> {
    let is_below = |domain: &str| {
        let before = host.strip_suffix(domain);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let known = KNOWN.iter().filter(|(domain, _)| is_below(domain));
    let closest = known.max_by_key(|(domain, _)| domain.len());
    closest.map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_known_by_its_domain_and_the_hosts_below() {
        assert_eq!(name_of("cdn.jsdelivr.net"), Some("jsDelivr"));
        assert_eq!(name_of("fonts.googleapis.com"), Some("Google Fonts"));
        assert_eq!(name_of("x.com"), Some("X"));
        assert_eq!(name_of("dropbox.com"), None);
        assert_eq!(name_of("example.com"), None);
    }
}
