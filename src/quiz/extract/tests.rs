use proptest::prelude::*;
use serde_json::json;

use super::*;

fn found(reply: &str) -> Result<Value, NoJson> {
    json(reply, "questions")
}

#[test]
fn what_stands_around_it_does_not_matter() {
    let wanted = json!({"questions": [{"question": "a }{ b \" </b>"}]});
    let text = wanted.to_string();
    for reply in [
        text.clone(),
        format!("\u{feff}{text}"),
        format!("네 알겠습니다! 요청하신 JSON입니다: {text} 도움이 되셨나요?"),
        format!("```json\n{text}\n```\nHope this helps :-}}"),
        format!("~~~\n{text}\n~~~"),
        format!("Fill {{name}} and {{}} and {{\"x\": 1}} in, [1] as asked: {text}"),
        format!("<think>Maybe {{\"questions\": [{{\"question\": \"draft\"}}]}} {{ \" </think>\n{text}"),
        format!("{{ thoughts {{\"questions\": [1]}} without a beginning </think>{text}"),
        format!("Sure. <THINK>{{</THINK>{text}{{\"questions\": []}}"),
        format!("{{\"type\": \"object\", \"properties\": {{\"questions\": {{\"type\": \"array\"}}}}}}\n{text}"),
        format!("{{\"quiz\": {text}}}"),
        wanted["questions"].to_string(),
        format!("Here they are:\n```\n{}\n```", wanted["questions"]),
        format!("{}{text}", "{".repeat(50_000)),
        format!("{}{text}", "{ [ ".repeat(50_000)),
    ] {
        assert_eq!(found(&reply), Ok(wanted.clone()), "{}", reply.chars().take(200).collect::<String>());
    }
}

#[test]
fn what_is_wrong_is_named() {
    let deep = format!("{{\"questions\": {}1{}}}", "[".repeat(5000), "]".repeat(5000));
    for (reply, why) in [
        ("", NoJson::None),
        ("   \n", NoJson::None),
        ("I cannot help with that.", NoJson::None),
        ("<html><body>502</body></html>", NoJson::None),
        ("[]", NoJson::None),
        ("\0\0\0", NoJson::None),
        ("{\"questions\": [{\"question\": \"a\"}, {\"quest", NoJson::Truncated),
        ("{\"questions\": [{\"question\": \"a\"}]", NoJson::Truncated),
        ("[{\"question\": \"a\"}", NoJson::Truncated),
        ("Here: {", NoJson::Truncated),
        ("<think>I will {\"questions\": []}", NoJson::Truncated),
        ("{\"questions\": [{\"question\": \"a\"},]}", NoJson::Invalid),
        ("{\"questions\": [{\"question\": \"a\"}] \"x\": 1}", NoJson::Invalid),
        ("{\"questions\": [{\"question\": \"a\u{0}\"}]}", NoJson::Invalid),
        ("{\"questions\": [\"\\ud800\"]}", NoJson::Invalid),
        ("{\"questions\": [1e999]}", NoJson::Invalid),
        ("{\"questions\": [NaN]}", NoJson::Invalid),
        ("{\"questions\": [], \"questions\": [1]}", NoJson::Twice),
        ("{\"questions\": [{\"key\": \"A\", \"key\": \"B\"}]}", NoJson::Twice),
        ("{\"answers\": []}", NoJson::NoField),
        ("{\"questions\": {\"question\": \"a\"}}", NoJson::NoField),
        (&deep, NoJson::TooDeep),
        (&"x".repeat(LONGEST + 1), NoJson::TooLong),
    ] {
        assert_eq!(found(reply), Err(why), "{}", reply.chars().take(80).collect::<String>());
    }
}

/// Nothing here may take the time of more than some tens of readings: a quadratic search would take minutes.
#[test]
fn hostile_replies_end_soon() {
    for unit in [
        "{",
        "[",
        "{\"a\":",
        "[{\"a\":[",
        "{\"a\":[1,",
        "{\"{\":1,",
        "{\"a\":{}},",
        "{\"a\":1}",
        "{\"\n",
        "<think>",
        "\"{\":\"",
        "{ ",
    ] {
        let reply = unit.repeat(LONGEST / unit.len());
        assert!(found(&reply).is_err(), "{unit}");
    }
}

proptest! {
    #[test]
    fn any_reply_ends_without_a_panic(reply in "(?s)(\\{|\\}|\\[|\\]|\"|,|:|\"questions\"|<think>|</think>|1|null|.){0,60}") {
        if let Ok(value) = found(&reply) {
            prop_assert!(value["questions"].is_array());
        }
    }

    #[test]
    fn a_cut_reply_never_becomes_another(cut in 0_usize..1000) {
        let text = json!({"questions": [{"question": "하나", "options": [{"text": "a"}]}, {"question": "둘"}]}).to_string();
        let end = (0..=cut % text.len()).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        prop_assert!(found(&text[..end]).is_err());
    }
}
