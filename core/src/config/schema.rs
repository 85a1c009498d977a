//! The JSON Schema of the file, for editors: made of the types in which the file is read.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::Config;
use super::checked::Placed;
use super::checked::Size;
use super::limits::{Count, Most};
use super::raw::RawConfig;
use super::raw_rule::{
    AttributeNames, Attributes, OneOrMore, RawReplacement, RawWhen, Replacements, WhenEntry,
};

/// The pattern of a text with a variable in it.
const VARIABLE: &str = r"\$\{[A-Z_]";

impl Config {
    /// Returns the JSON Schema (draft 7, which the most editors know) of a configuration. It has
    /// every key, with its type and a description. A text that it allows may still be refused by
    /// [`Config::from_toml`], which knows more of the values.
    ///
    /// ```
    /// let schema = streamgate::Config::json_schema();
    /// let origin = schema.pointer("/properties/origin/properties/url/type");
    /// assert_eq!(origin, Some(&"string".into()));
    /// ```
    #[must_use]
    pub fn json_schema() -> Value {
        let settings = SchemaSettings::draft07().with(|settings| {
            settings.inline_subschemas = true;
            let transforms = &mut settings.transforms;
            transforms.push(Box::new(RecursiveTransform(as_toml)));
        });
        let generator = settings.into_generator();
        let mut schema = generator.into_root_schema_for::<RawConfig>();
        schema.insert("title".to_owned(), "streamgate.toml".into());
        schema.to_value()
    }
}

/// Takes out what TOML does not have: `null`, and the names of Rust's numbers. Makes one line of
/// each description.
fn as_toml(schema: &mut Schema) {
    let is_null = |value: &Value| value.as_str() == Some("null");
    if let Some(types) = schema.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|name| !is_null(name));
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        values.retain(|value| !value.is_null());
    }
    let alternatives = schema.get_mut("anyOf").and_then(Value::as_array_mut);
    if let Some(alternatives) = alternatives {
        alternatives.retain(|schema| !schema.get("type").is_some_and(is_null));
        if let [Value::Object(only)] = alternatives.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            for (keyword, said) in only {
                schema.ensure_object().entry(keyword).or_insert(said);
            }
        }
    }
    schema.remove("format");
    allow_variables(schema);
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace('\n', " ");
    }
}

/// Allows a variable where a text must have a form, or be one of some words.
fn allow_variables(schema: &mut Schema) {
    if let Some(Value::String(pattern)) = schema.get_mut("pattern") {
        pattern.push('|');
        pattern.push_str(VARIABLE);
    }
    if let Some(Value::Array(words)) = schema.get_mut("oneOf") {
        words.push(json!({
            "description": "Takes the value of a variable of the environment.",
            "pattern": VARIABLE,
            "type": "string",
        }));
    }
}

/// Describes a type whose shape serde cannot tell.
macro_rules! shape {
    ($name:ident, $generator:ident => $schema:expr) => {
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

shape!(Size, _generator => json_schema!({
    "anyOf": [
        { "type": "integer", "minimum": 0 },
        { "type": "string", "pattern": "^[0-9]+ *(B|KiB|MiB|GiB)?$" },
    ],
}));

shape!(Most, _generator => json_schema!({
    "anyOf": [
        { "type": "integer", "minimum": 0 },
        { "type": "string", "pattern": "^([0-9]+ *(B|KiB|MiB|GiB)?|off)$" },
    ],
}));

shape!(Count, _generator => json_schema!({
    "anyOf": [{ "type": "integer", "minimum": 1 }, { "type": "string", "enum": ["off"] }],
}));

shape!(Attributes, _generator => json_schema!({
    "type": "object",
    "additionalProperties": { "type": "string" },
    "minProperties": 1,
}));

shape!(AttributeNames, _generator => json_schema!({
    "type": "array",
    "items": { "type": "string" },
    "minItems": 1,
}));

shape!(Replacements, generator => {
    let one = generator.subschema_for::<RawReplacement>();
    json_schema!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
});

shape!(WhenEntry, generator => {
    let mut when = generator.subschema_for::<RawWhen>();
    when.insert("minProperties".to_owned(), 1.into());
    when
});

impl<T: JsonSchema> JsonSchema for Placed<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMore<T> {
    fn schema_name() -> Cow<'static, str> {
        "OneOrMore".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    }
}
