//! Reads the modules of a crate and resolves the names that each file takes from other files.
//!
//! The reader knows as much of Rust as this crate uses: `mod`, `use` with its trees and renames,
//! paths in code, and names that a module re-exports. It leaves out everything that only tests use,
//! and methods, which need no import.

use std::collections::{BTreeMap, BTreeSet};

use crate::tokens::{Token, tokens};

/// The modules of a crate.
pub(crate) struct Modules<'a> {
    /// Reads a file by its path below the crate's source folder; returns `None` if the file does
    /// not exist.
    source: &'a dyn Fn(&str) -> Option<String>,
    modules: Vec<Module>,
}

struct Module {
    /// The file that contains the module.
    file: String,
    parent: usize,
    children: BTreeMap<String, usize>,
    imports: Vec<Import>,
    /// The paths of several segments in the module's code, except imports.
    paths: Vec<Vec<String>>,
    /// The names that stand alone in the module's code.
    words: BTreeSet<String>,
}

/// A name that a `use` declaration imports.
struct Import {
    name: String,
    path: Vec<String>,
    /// Whether other modules can take the name from this one.
    is_public: bool,
}

/// The target of a path.
enum Target {
    Module(usize),
    /// An item of this module.
    Item(usize),
}

/// The index of the crate's root.
const ROOT: usize = 0;

impl<'a> Modules<'a> {
    /// Reads the modules of the crate whose root is `lib.rs`.
    pub(crate) fn read(source: &'a dyn Fn(&str) -> Option<String>) -> Self {
        let mut modules = Self {
            source,
            modules: Vec::new(),
        };
        let root = source("lib.rs").expect("lib.rs");
        modules.read_file("lib.rs".to_owned(), "", &root, ROOT);
        modules
    }

    /// Returns the files that each file takes names from.
    pub(crate) fn imports(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut graph: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (index, module) in self.modules.iter().enumerate() {
            let uses = |import: &&Import| !import.is_public || module.words.contains(&import.name);
            let imports = module.imports.iter().filter(uses).map(|it| &it.path);
            let files = graph.entry(&module.file).or_default();
            for path in imports.chain(&module.paths) {
                if let Some(Target::Item(owner)) = self.resolve(index, path, &mut Vec::new()) {
                    files.insert(&self.modules[owner].file);
                }
            }
            files.remove(module.file.as_str());
        }
        graph
    }

    /// Reads a file whose submodules have their files in `folder`, which is empty or ends with a
    /// slash.
    fn read_file(&mut self, file: String, folder: &str, source: &str, parent: usize) -> usize {
        let index = self.add(file, parent);
        self.read_items(folder, index, &tokens(source));
        index
    }

    fn add(&mut self, file: String, parent: usize) -> usize {
        self.modules.push(Module {
            file,
            parent,
            children: BTreeMap::new(),
            imports: Vec::new(),
            paths: Vec::new(),
            words: BTreeSet::new(),
        });
        self.modules.len() - 1
    }

    /// Reads the items of a module whose submodules have their files in `folder`.
    fn read_items(&mut self, folder: &str, module: usize, tokens: &[Token]) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let before = at.checked_sub(1).and_then(|before| tokens.get(before));
            match (token, tokens.get(at + 1)) {
                (Token::Mark('#'), Some(Token::Mark('[' | '!'))) => {
                    at = after_attribute(tokens, at);
                }
                (Token::Word(word), Some(Token::Word(name))) if word == "mod" => {
                    at = self.read_module(folder, module, name, tokens, at + 2);
                }
                (Token::Word(word), Some(next)) if word == "use" && *next != Token::Mark('<') => {
                    let is_public = before
                        .is_some_and(|before| before.is("pub") || *before == Token::Mark(')'));
                    let imports = &mut self.modules[module].imports;
                    at = read_tree(tokens, at + 1, &[], is_public, imports);
                }
                (Token::Word(first), _) => {
                    let mut path = vec![first.clone()];
                    at += 1;
                    while let Some([Token::PathSeparator, Token::Word(next)]) =
                        tokens.get(at..at + 2)
                    {
                        path.push(next.clone());
                        at += 2;
                    }
                    // A field, a method, or the rest of a path behind a type.
                    if matches!(before, Some(Token::Mark('.') | Token::PathSeparator)) {
                        continue;
                    }
                    let module = &mut self.modules[module];
                    if path.len() > 1 {
                        module.paths.push(path);
                    } else {
                        module.words.insert(first.clone());
                    }
                }
                _ => at += 1,
            }
        }
    }

    /// Reads the module `name`, whose name ends before `at`, and returns the position behind the
    /// module.
    fn read_module(
        &mut self,
        folder: &str,
        parent: usize,
        name: &str,
        tokens: &[Token],
        at: usize,
    ) -> usize {
        let below = format!("{folder}{name}/");
        let (child, end) = if tokens.get(at) == Some(&Token::Mark(';')) {
            let files = [format!("{folder}{name}.rs"), format!("{below}mod.rs")];
            let mut sources = files.into_iter().map(|file| ((self.source)(&file), file));
            let (source, file) = sources
                .find_map(|(source, file)| Some((source?, file)))
                .unwrap_or_else(|| panic!("no file has the module {name} of {folder}"));
            (self.read_file(file, &below, &source, parent), at + 1)
        } else {
            let end = after_brackets(tokens, at);
            let child = self.add(self.modules[parent].file.clone(), parent);
            self.read_items(&below, child, &tokens[at + 1..end - 1]);
            (child, end)
        };
        self.modules[parent].children.insert(name.to_owned(), child);
        end
    }

    /// Returns the target of a path in a module, or `None` if the target is outside this crate.
    /// `followed` are the imports that led to the path.
    fn resolve(
        &self,
        module: usize,
        path: &[String],
        followed: &mut Vec<(usize, String)>,
    ) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.descend(ROOT, rest, followed),
            "self" => self.descend(module, rest, followed),
            "super" => self.descend(self.modules[module].parent, rest, followed),
            name => {
                let known = &self.modules[module];
                let is_known = known.children.contains_key(name)
                    || known.imports.iter().any(|import| import.name == *name);
                is_known.then(|| self.descend(module, path, followed))?
            }
        }
    }

    /// Returns the target of a path below a module.
    fn descend(
        &self,
        module: usize,
        path: &[String],
        followed: &mut Vec<(usize, String)>,
    ) -> Option<Target> {
        let Some((first, rest)) = path.split_first() else {
            return Some(Target::Module(module));
        };
        let known = &self.modules[module];
        if first == "super" {
            return self.descend(known.parent, rest, followed);
        }
        let step = (module, first.clone());
        let import = known.imports.iter().find(|import| import.name == *first);
        // A module and a function can share a name, but nothing follows the name of a function in a
        // path.
        if let Some(&child) = known.children.get(first)
            && (!rest.is_empty() || import.is_none())
        {
            return self.descend(child, rest, followed);
        }
        match import {
            Some(import) if !followed.contains(&step) => {
                followed.push(step);
                match self.resolve(module, &import.path, followed)? {
                    Target::Module(found) => self.descend(found, rest, followed),
                    item @ Target::Item(_) => Some(item),
                }
            }
            Some(_) => None,
            None => Some(Target::Item(module)),
        }
    }
}

/// Reads the part of a `use` tree that follows a prefix, and returns the position behind that part.
fn read_tree(
    tokens: &[Token],
    mut at: usize,
    prefix: &[String],
    is_public: bool,
    imports: &mut Vec<Import>,
) -> usize {
    let mut path = prefix.to_vec();
    loop {
        match tokens.get(at) {
            Some(Token::Word(word)) if word == "as" => {
                if let Some(Token::Word(name)) = tokens.get(at + 1) {
                    imports.push(Import {
                        name: name.clone(),
                        path,
                        is_public,
                    });
                }
                return at + 2;
            }
            Some(Token::Word(word)) if word == "self" && !path.is_empty() => at += 1,
            Some(Token::Word(word)) => {
                path.push(word.clone());
                at += 1;
            }
            Some(Token::PathSeparator) => at += 1,
            Some(Token::Mark('{')) => {
                at += 1;
                while tokens
                    .get(at)
                    .is_some_and(|token| *token != Token::Mark('}'))
                {
                    at = read_tree(tokens, at, &path, is_public, imports);
                    at += usize::from(tokens.get(at) == Some(&Token::Mark(',')));
                }
                return at + 1;
            }
            Some(Token::Mark('*')) => {
                panic!("an import of all names, which this check cannot read")
            }
            _ => {
                if let Some(name) = path.last().cloned() {
                    imports.push(Import {
                        name,
                        path,
                        is_public,
                    });
                }
                return at;
            }
        }
    }
}

/// Returns the position behind an attribute, or behind its item if only tests compile the item.
fn after_attribute(tokens: &[Token], at: usize) -> usize {
    let inner = tokens.get(at + 1) == Some(&Token::Mark('!'));
    let end = after_brackets(tokens, at + 1 + usize::from(inner));
    let attribute = &tokens[at..end];
    let mentions = |word: &str| attribute.iter().any(|token| token.is(word));
    if !inner && mentions("test") && !mentions("not") {
        after_item(tokens, end)
    } else {
        end
    }
}

fn after_item(tokens: &[Token], mut at: usize) -> usize {
    // The braces of a `use` declaration do not end it.
    let mut ends_with_block = true;
    while let Some(token) = tokens.get(at) {
        match token {
            Token::Mark('#') => at = after_brackets(tokens, at + 1),
            Token::Mark(';') => return at + 1,
            Token::Mark('{') => {
                at = after_brackets(tokens, at);
                if ends_with_block {
                    return at;
                }
            }
            Token::Mark('(' | '[') => at = after_brackets(tokens, at),
            token => {
                ends_with_block &= !token.is("use");
                at += 1;
            }
        }
    }
    at
}

/// Returns the position behind the bracket that closes the bracket at `at`.
fn after_brackets(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token {
            Token::Mark('(' | '[' | '{') => depth += 1,
            Token::Mark(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}
