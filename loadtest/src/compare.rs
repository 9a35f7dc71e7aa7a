//! Two results side by side.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

/// Reads two JSON files of this program and tells what has changed.
///
/// # Errors
/// When one cannot be read, is no JSON, or when they have no number in common.
pub fn files(before: &Path, after: &Path) -> anyhow::Result<String> {
    let read = |path: &Path| -> anyhow::Result<BTreeMap<String, f64>> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        // A log whose last line is the JSON object will do as well.
        let last = text.trim_end().lines().last().unwrap_or_default();
        let value: Value = serde_json::from_str(&text)
            .or_else(|_| serde_json::from_str(last))
            .with_context(|| format!("{} is no JSON", path.display()))?;
        let mut numbers = BTreeMap::new();
        flatten("", &value, &mut numbers);
        Ok(numbers)
    };
    let (one, two) = (read(before)?, read(after)?);
    let table = table(&one, &two);
    anyhow::ensure!(!table.is_empty(), "{} and {} have no number in common", before.display(), after.display());
    Ok(table)
}

/// All numbers by their way; lists, as those of seconds, are left out.
fn flatten(way: &str, value: &Value, into: &mut BTreeMap<String, f64>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            let way = if way.is_empty() { name.clone() } else { format!("{way}.{name}") };
            flatten(&way, value, into);
        }),
        Value::Number(number) => into.extend(number.as_f64().map(|number| (way.to_owned(), number))),
        _ => {}
    }
}

fn table(one: &BTreeMap<String, f64>, two: &BTreeMap<String, f64>) -> String {
    let common: Vec<_> = one.iter().filter_map(|(way, before)| Some((way, *before, *two.get(way)?))).collect();
    let Some(width) = common.iter().map(|(way, ..)| way.chars().count()).max() else { return String::new() };
    let mut lines = vec![format!("{:width$} {:>12} {:>12} {:>9}", "", "before", "after", "change")];
    lines.extend(common.iter().map(|(way, before, after)| {
        format!("{way:width$} {:>12} {:>12} {:>9}", short(*before), short(*after), change(*before, *after))
    }));
    for (names, other, word) in [(one, two, "before"), (two, one, "after")] {
        let only: Vec<_> = names.keys().filter(|way| !other.contains_key(*way)).map(String::as_str).collect();
        if !only.is_empty() {
            lines.push(format!("only {word}: {}", only.join(", ")));
        }
    }
    lines.join("\n")
}

fn short(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number:.0}") } else { format!("{number:.3}") }
}

/// Relative to before, in percent.
fn change(before: f64, after: f64) -> String {
    match () {
        () if before == after => "=".to_owned(),
        () if before == 0.0 => "new".to_owned(),
        () => format!("{:+.1} %", (after - before) / before.abs() * 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(one: &str, two: &str) -> anyhow::Result<String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [before, after] = [("one", one), ("two", two)].map(|(name, text)| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("written");
            path
        });
        files(&before, &after)
    }

    #[test]
    fn changes_are_relative_and_lists_left_out() {
        let table = compared(
            r#"{"p99_ms":10,"same":1,"zero":0,"run":{"cpu":2.0},"series":[{"x":1}],"gone":1}"#,
            "a log\n{\"p99_ms\":12.5,\"same\":1,\"zero\":3,\"run\":{\"cpu\":1.0},\"series\":[{\"x\":2}],\"text\":\"a\"}",
        )
        .expect("compared");
        let line = |name: &str| table.lines().find(|line| line.starts_with(name)).expect(name).to_owned();
        assert!(line("p99_ms").contains("12.500") && line("p99_ms").ends_with("+25.0 %"), "{table}");
        assert!(line("run.cpu").ends_with("-50.0 %") && line("same").ends_with('=') && line("zero").ends_with("new"));
        assert!(line("only before").ends_with("gone") && !table.contains("series"), "{table}");
    }

    #[test]
    fn what_cannot_be_compared_is_an_error() {
        assert!(compared("{}", "{}").is_err());
        assert!(compared("no JSON", "{}").expect_err("no JSON").to_string().contains("no JSON"));
    }
}
