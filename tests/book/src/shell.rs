//! The lines that a block of a shell consists of, as far as the book writes them.

/// Splits a text into commands and those into words: quotes are removed, comments, redirections and
/// backslashes before line ends too, and a pipe, `;` or `&&` begins another command.
pub(crate) fn commands(text: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') if chars.next_if_eq(&'\n').is_some() => {}
            (None, '#') if word.is_none() => while chars.next_if(|&c| c != '\n').is_some() {},
            (None, ' ' | '\n' | '|' | ';' | '&' | '<' | '>') => {
                if let (Some(word), Some(command)) = (word.take(), commands.last_mut()) {
                    command.push(word);
                }
                match c {
                    ' ' => {}
                    // The word behind it names a file.
                    '<' | '>' => commands
                        .last_mut()
                        .into_iter()
                        .for_each(|it| it.push(c.into())),
                    _ => commands.push(Vec::new()),
                }
            }
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if let (Some(word), Some(command)) = (word, commands.last_mut()) {
        command.push(word);
    }
    let commands = commands
        .into_iter()
        .map(|words| without_redirections(&words));
    commands.filter(|words| !words.is_empty()).collect()
}

fn without_redirections(words: &[String]) -> Vec<String> {
    let is_sign = |word: &String| word == "<" || word == ">";
    let before = std::iter::once(None).chain(words.iter().map(Some));
    let kept = words.iter().zip(before);
    let kept = kept.filter(|(word, before)| !is_sign(word) && !before.is_some_and(is_sign));
    kept.map(|(word, _)| word.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::commands;

    #[test]
    fn a_text_becomes_commands_and_these_become_words() {
        let text =
            "a 'b c' --d=\"e # f\"   # comment\n\n# another\ng < h | i -- j > k && l \\\n  m\n";
        let expected: [&[&str]; 4] = [
            &["a", "b c", "--d=e # f"],
            &["g"],
            &["i", "--", "j"],
            &["l", "m"],
        ];
        assert_eq!(commands(text), expected);
    }
}
