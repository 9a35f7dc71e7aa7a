//! One and many: enough English to compare words and to give options the same number.

/// Plurals that follow no rule here.
const IRREGULAR: [(&str, &str); 26] = [
    ("matrices", "matrix"),
    ("vertices", "vertex"),
    ("indices", "index"),
    ("appendices", "appendix"),
    ("analyses", "analysis"),
    ("hypotheses", "hypothesis"),
    ("theses", "thesis"),
    ("crises", "crisis"),
    ("bases", "basis"),
    ("axes", "axis"),
    ("criteria", "criterion"),
    ("phenomena", "phenomenon"),
    ("bacteria", "bacterium"),
    ("mitochondria", "mitochondrion"),
    ("nuclei", "nucleus"),
    ("stimuli", "stimulus"),
    ("radii", "radius"),
    ("children", "child"),
    ("men", "man"),
    ("women", "woman"),
    ("people", "person"),
    ("feet", "foot"),
    ("teeth", "tooth"),
    ("mice", "mouse"),
    ("lives", "life"),
    ("halves", "half"),
];

/// What a word and its plural have in common; lower case. A key, not a word: "caches" and "cache" both give "cach".
pub(in super::super) fn lemma(word: &str) -> String {
    let lower = word.to_lowercase();
    let singular = cut(&lower).unwrap_or(lower);
    match singular.strip_suffix('e') {
        Some(stem) if hisses(stem) => stem.to_owned(),
        _ => singular,
    }
}

/// Looks like more than one: "pages", "TLBs".
pub(in super::super) fn is_plural(word: &str) -> bool {
    cut(&word.to_lowercase()).is_some()
}

/// The plural; None for what has none that is safe to guess.
pub(in super::super) fn plural(word: &str) -> Option<String> {
    if let Some((many, _)) = IRREGULAR.iter().find(|(_, one)| word.eq_ignore_ascii_case(one)) {
        return Some((*many).to_owned());
    }
    let odd = ["ing", "ics", "ness", "ity", "ism", "man", "ment", "ware", "s"];
    if !word.ends_with(|c: char| c.is_ascii_alphabetic()) || odd.iter().any(|end| word.ends_with(end)) {
        return None;
    }
    match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => Some(format!("{stem}ies")),
        _ if hisses(word) => Some(format!("{word}es")),
        _ => Some(format!("{word}s")),
    }
}

/// The singular; None for what follows a rule, since the rule is not safe to guess: caches, lenses, Varennes.
pub(in super::super) fn singular(word: &str) -> Option<String> {
    IRREGULAR.iter().find(|(many, _)| word.eq_ignore_ascii_case(many)).map(|(_, one)| (*one).to_owned())
}

fn hisses(stem: &str) -> bool {
    ["ch", "sh", "x", "z", "ss"].iter().any(|end| stem.ends_with(end))
}

/// Without the plural's s, if it has one.
fn cut(word: &str) -> Option<String> {
    if let Some((_, one)) = IRREGULAR.iter().find(|(many, _)| word.eq_ignore_ascii_case(many)) {
        return Some((*one).to_owned());
    }
    if word.chars().count() < 4 || ["ss", "us", "is", "ics", "series", "species"].iter().any(|end| word.ends_with(end))
    {
        return None;
    }
    match word.strip_suffix("ies") {
        Some(stem) if stem.len() > 2 => Some(format!("{stem}y")),
        _ => word.strip_suffix('s').map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_many_share_a_lemma() {
        for (one, many) in
            [("page", "pages"), ("entry", "entries"), ("cache", "caches"), ("address", "addresses"), ("TLB", "TLBs")]
        {
            assert_eq!(lemma(one), lemma(many), "{one}");
            assert!(is_plural(many) && !is_plural(one), "{one}");
        }
        for word in ["locus", "analysis", "physics", "process", "gas", "is"] {
            assert!(!is_plural(word), "{word}");
        }
    }

    #[test]
    fn only_safe_forms_are_made() {
        assert_eq!((plural("matrix").as_deref(), singular("matrices").as_deref()), (Some("matrices"), Some("matrix")));
        assert_eq!(plural("entry").as_deref(), Some("entries"));
        assert_eq!(plural("cache").as_deref(), Some("caches"));
        assert_eq!(plural("box").as_deref(), Some("boxes"));
        assert_eq!((plural("paging"), plural("hardware"), plural("광합성")), (None, None, None));
        assert_eq!((singular("caches"), singular("page")), (None, None));
    }
}
