//! Structure rules that can never act, and parts of rules that change nothing.

use super::Review;
use super::paths::{EVERY, is_covered, is_within, reaches};
use crate::condition::Condition;
use crate::config::{HtmlAction, HtmlRule, RouteConfig, Scope, TextReplacement};
use crate::media_type::is_listed;
use crate::value::written_value;

/// The elements whose content is text to the parser wherever HTML has them, so that no rule finds
/// an element in them.
pub(super) const TEXT_ONLY: &[&str] = &[
    "iframe", "noembed", "noframes", "noscript", "textarea", "xmp",
];

/// The types that a rule acts on if it names none.
const HTML: &[&str] = &["text/html"];

impl Review<'_> {
    /// Tells of the rules of `[[html]]` and of each `[[route.html]]`.
    pub(super) fn rules(&mut self) {
        let config = self.config;
        self.list("html", &config.html, None);
        for (index, route) in config.routes.iter().enumerate() {
            let rules = route.html.as_deref().unwrap_or_default();
            self.list(&format!("route[{index}].html"), rules, Some(route));
        }
    }

    fn list(&mut self, list: &str, rules: &[HtmlRule], route: Option<&RouteConfig>) {
        for (index, rule) in rules.iter().enumerate() {
            let key = format!("{list}[{index}]");
            let many = rule.when.paths.len();
            for (path, pattern) in rule.when.paths.iter().enumerate() {
                // A single pattern may stand without a list.
                let item = format!("{key}.when.path[{path}]");
                let single = format!("{key}.when.path");
                let place = match many == 1 && !self.has(&item) {
                    true => single,
                    false => item,
                };
                self.pattern(&place, pattern);
            }
            let before = rules.get(..index).unwrap_or_default();
            self.rule(&key, rule, route);
            if let Some(other) = before.iter().position(|other| takes_away(other, rule)) {
                self.tell(
                    &format!("{key}.select"),
                    format!("the rule never acts, as {list}[{other}] takes these elements away"),
                    "remove one of the two rules, or put this one first",
                );
            }
            self.texts(&key, rule);
            self.visitors(&key, rule);
        }
    }

    fn rule(&mut self, key: &str, rule: &HtmlRule, route: Option<&RouteConfig>) {
        let condition = match self.has(&format!("{key}.when")) {
            true => format!("{key}.when"),
            false => key.to_owned(),
        };
        let processable = &self.config.gate.processable;
        let types = types(rule);
        let is_html = types.iter().any(|entry| entry == "text/html");
        if !types.iter().any(|entry| is_met(entry, processable)) {
            self.tell(
                &condition,
                format!(
                    "the rule never acts, as gate.processable does not have {}",
                    self.shown(&types.join(" or "))
                ),
                format!(
                    "add \"{}\" to gate.processable",
                    self.shown(&types.join("\" and \""))
                ),
            );
        } else if self.config.map.scope == Scope::Attributes && !is_html {
            self.tell(
                &condition,
                "the rule never acts with map.scope = \"attributes\", by which HTML alone is \
                 rewritten",
                "remove the rule, or write map.scope = \"everywhere\"",
            );
        }
        let paths = paths(rule);
        let excepted = &self.config.map.except;
        if paths.iter().all(|pattern| is_covered(pattern, excepted)) {
            self.tell(
                &condition,
                "the rule never acts, as map.except leaves out all its paths",
                "remove the rule, or a path of map.except",
            );
        }
        match route {
            Some(route) if !paths.iter().any(|pattern| reaches(pattern, &route.path)) => self.tell(
                &condition,
                format!(
                    "the rule never acts, as the route takes {} alone",
                    self.shown(&route.path)
                ),
                format!(
                    "write the whole path, as \"{}/news/*\"",
                    self.shown(&route.path)
                ),
            ),
            None if paths.iter().all(|pattern| self.is_of_routes(pattern)) => self.tell(
                &condition,
                "the rule never acts, as a route with rules of its own takes all its paths",
                "move the rule to that route, as [[route.html]]",
            ),
            _ => {}
        }
        if types == HTML && is_in_text(&rule.select) {
            self.tell(
                &format!("{key}.select"),
                "the rule never acts: the parser takes what is in such an element for text",
                "select the element around it",
            );
        }
    }

    /// Returns whether requests for each path that a pattern fits are taken by routes that have
    /// rules of their own.
    fn is_of_routes(&self, pattern: &str) -> bool {
        let routes = &self.config.routes;
        let mut of_any_host = routes.iter().filter(|route| route.origin.public.is_none());
        of_any_host.any(|route| is_within(pattern, &route.path))
            && routes
                .iter()
                .filter(|route| reaches(pattern, &route.path))
                .all(|route| route.html.is_some())
    }

    /// Tells of what looks like a value in a rule without values, and of a rule for nobody.
    fn visitors(&mut self, key: &str, rule: &HtmlRule) {
        if rule.when.conditions.contains(&Condition::Random(0)) {
            self.tell(
                &format!("{key}.when.random"),
                "the rule never acts, as it is for no visitor",
                "write a number above 0, or remove the rule",
            );
        }
        if rule.values {
            return;
        }
        for action in &rule.actions {
            let texts: Vec<&str> = match action {
                HtmlAction::Insert(_, markup) => vec![markup],
                HtmlAction::Set(attributes) => {
                    attributes.iter().map(|(_, value)| value.as_str()).collect()
                }
                HtmlAction::ReplaceText(texts) => {
                    texts.iter().map(|text| text.with.as_str()).collect()
                }
                _ => Vec::new(),
            };
            if let Some(name) = texts.into_iter().find_map(written_value) {
                let name = self.shown(name).to_owned();
                self.tell(
                    &format!("{key}.{}", action.key()),
                    format!("{{{name}}} stays as it is, as the rule has no values"),
                    "write values = true in the rule",
                );
            }
        }
    }

    /// Tells of replacements that replace nothing.
    fn texts(&mut self, key: &str, rule: &HtmlRule) {
        let texts = rule.actions.iter().find_map(|action| match action {
            HtmlAction::ReplaceText(texts) => Some(texts.as_slice()),
            _ => None,
        });
        let texts = texts.unwrap_or_default();
        if let [text] = texts
            && text.find == text.with
        {
            self.tell(
                &format!("{key}.replace_text"),
                "it changes nothing, as find and with are the same",
                "write another text as with",
            );
        }
        for (index, text) in texts.iter().enumerate() {
            let before = texts.get(..index).unwrap_or_default();
            // Behind an ampersand, where a text ends depends on what a page has there.
            let hides = |other: &TextReplacement| {
                text.find.starts_with(&other.find) && !text.find.contains('&')
            };
            if let Some(other) = before.iter().position(hides) {
                self.tell(
                    &format!("{key}.replace_text[{index}]"),
                    format!("it is never found, as replace_text[{other}] is found there first"),
                    "put the longer text first",
                );
            }
        }
    }
}

/// Returns the types that a rule acts on.
fn types(rule: &HtmlRule) -> Vec<String> {
    match rule.when.media_types.as_slice() {
        [] => HTML.iter().map(ToString::to_string).collect(),
        types => types.to_vec(),
    }
}

/// Returns the patterns of the paths that a rule acts on.
fn paths(rule: &HtmlRule) -> Vec<String> {
    match rule.when.paths.as_slice() {
        [] => vec![EVERY.to_owned()],
        paths => paths.to_vec(),
    }
}

/// Returns whether a type can be both one of `entry` and one of `list`.
fn is_met(entry: &str, list: &[String]) -> bool {
    list.iter().any(|other| entry == other)
        || is_listed(entry, list)
        || list
            .iter()
            .any(|other| is_listed(other, &[entry.to_owned()]))
}

/// Returns whether a rule takes away all elements that a later one would act on.
fn takes_away(rule: &HtmlRule, later: &HtmlRule) -> bool {
    let is_gone = rule
        .actions
        .iter()
        .any(|action| matches!(action, HtmlAction::Remove | HtmlAction::Unwrap));
    // Rules for these also act where a page has no such tag.
    let is_implied = matches!(rule.select.as_str(), "head" | "body");
    let types_of_rule = types(rule);
    let paths_of_rule = paths(rule);
    is_gone
        && rule.when.conditions.is_empty()
        && !is_implied
        && !rule.once
        && rule.select == later.select
        && types(later)
            .iter()
            .all(|entry| types_of_rule.contains(entry) || is_listed(entry, &types_of_rule))
        && (rule.when.paths.is_empty()
            || paths(later)
                .iter()
                .all(|pattern| is_covered(pattern, &paths_of_rule)))
}

/// Returns whether all that a selector selects is in an element whose content is text. Returns
/// `false` for a selector with escapes, which is not read here.
fn is_in_text(selector: &str) -> bool {
    if selector.contains('\\') {
        return false;
    }
    let mut depth: usize = 0;
    let mut quote = None;
    // What stands in brackets and quotes says nothing of the elements around the selected one.
    let plain: String = selector
        .chars()
        .map(|char| {
            match (quote, char) {
                (Some(open), _) if open == char => quote = None,
                (None, '"' | '\'') => quote = Some(char),
                (None, '(' | '[') => depth = depth.saturating_add(1),
                (None, ')' | ']') => depth = depth.saturating_sub(1),
                (None, _) if depth == 0 => return char,
                _ => {}
            }
            '.'
        })
        .collect();
    plain.split(',').all(|selector| {
        let elements: Vec<&str> = selector
            .split(|char: char| char == '>' || char.is_whitespace())
            .filter(|element| !element.is_empty())
            .collect();
        let around = elements.split_last().map_or(&[][..], |(_, around)| around);
        around.iter().any(|element| {
            let name = element.split(['.', '#', ':']).next().unwrap_or_default();
            TEXT_ONLY.iter().any(|text| name.eq_ignore_ascii_case(text))
        })
    })
}
