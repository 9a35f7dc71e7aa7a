use super::*;

fn choices(texts: [&str; 4]) -> Vec<Choice> {
    let reason = |text: &str| format!("because of {text}");
    texts.iter().map(|text| Choice { text: (*text).to_owned(), reason: reason(text) }).collect()
}

#[test]
fn a_question_asks() {
    for text in [
        "What is a stack?",
        "스택이란 무엇입니까",
        "알맞은 것을 고르세요.",
        "The stack holds ____.",
        "「スタック」とは何ですか。",
        "He said (why?)",
    ] {
        assert_eq!(question(text, Lang::Eng), Ok(()), "{text}");
    }
    for text in ["A stack holds frames.", "HACKED HACKED", "???????????????", "? ? ? a ? ? ? ?"] {
        assert_eq!(question(text, Lang::Eng), Err(Flaw::NotAsked), "{text}");
    }
}

#[test]
fn options_are_distinct_and_stand_alone() {
    for texts in
        [["C", "C++", "C#", "B"], ["-1", "1", "0", "10"], ["!", "?", ".", ","], ["x < y", "x > y", "x = y", "x ≤ y"]]
    {
        assert_eq!(options(&choices(texts)), Ok(()), "{texts:?}");
    }
    for (texts, flaw) in [
        (["Paris", "Rome", "paris.", "Oslo"], Flaw::SameOptions(0, 2)),
        (["Rome", "A) Paris", "B) Paris", "Oslo"], Flaw::SameOptions(1, 2)),
        (["Ｒome", "Bern", "Oslo", "rome "], Flaw::SameOptions(0, 3)),
        (["Rome", "Bern", "Oslo", "All of the above."], Flaw::AllOrNone(3)),
        (["하나", "둘", "셋", "위의 모두"], Flaw::AllOrNone(3)),
        (["하나", "모두 정답이다", "셋", "넷"], Flaw::AllOrNone(1)),
    ] {
        assert_eq!(options(&choices(texts)), Err(flaw), "{texts:?}");
    }
    assert_eq!(options(&choices(["a", "b", "c", "d"])[..3]), Err(Flaw::OptionCount(3)));
}

#[test]
fn the_question_does_not_answer_itself() {
    for (asked, texts, given) in [
        ("Why is a stack called stack?", ["Stack", "Queue", "Heap", "Tree"], true),
        ("Which grows, a stack, a queue, a heap or a tree?", ["Stack", "Queue", "Heap", "Tree"], false),
        ("What does a haystack hold?", ["Stack", "Queue", "Heap", "Tree"], false),
        ("광합성이란 무엇인가요?", ["광합성", "호흡", "증산", "발효"], true),
        ("광합성률은 언제 높은가요?", ["광합성", "호흡", "증산", "발효"], false),
        ("Which is a vowel?", ["a", "b", "c", "d"], false),
    ] {
        assert_eq!(given_away(asked, &choices(texts), 0).is_err(), given, "{asked}");
    }
}

#[test]
fn length_gives_nothing_away() {
    let long = "a very long and carefully qualified right answer";
    assert_eq!(lengths(&choices([long, "short one", "another", "third"]), 0), Err(Flaw::KeyLong));
    assert_eq!(lengths(&choices([long, "short one", "another", "third"]), 1), Ok(()));
    assert_eq!(lengths(&choices(["x", long, long, long]), 0), Err(Flaw::KeyShort));
    assert_eq!(lengths(&choices(["one", "three", "five", "eleven"]), 3), Ok(()));
}

#[test]
fn near_duplicates_are_seen() {
    let ask = |question: &str, quote: &str, key: &str| Question {
        at_s: 1.0,
        chunk: 0,
        question: question.to_owned(),
        options: choices([key, "x", "y", "z"]),
        key: 0,
        quote: quote.to_owned(),
        cues: 0..1,
    };
    let first = ask("광합성의 명반응은 어디에서 일어나나요?", "명반응은 틸라코이드에서 일어납니다", "틸라코이드");
    for (other, repeats) in [
        (ask("광합성의 명반응이 일어나는 곳은 어디인가요?", "다른 인용문입니다 정말로", "스트로마"), false),
        (ask("광합성의 명반응은 어디서 일어나나요?", "다른 인용문입니다 정말로", "스트로마"), true),
        (ask("명반응의 장소로 옳은 것은?", "명반응은 틸라코이드에서 일어납니다.", "틸라코이드."), true),
        (ask("캘빈 회로는 무엇을 만드나요?", "명반응은 틸라코이드에서 일어납니다", "포도당"), false),
    ] {
        assert_eq!(repeated(&other, &[&first]).is_err(), repeats, "{}", other.question);
    }
}

/// What good models write, on many subjects: the rules must let it pass.
#[test]
fn usual_questions_pass() {
    for (lecture, question, options, key) in USUAL {
        let options =
            options.map(|(text, reason)| Choice { text: text.to_owned(), reason: reason.to_owned() }).to_vec();
        let draft =
            Draft { question: (*question).to_owned(), options, key: *key, quote: String::new(), cues: Vec::new() };
        assert_eq!(texts(&draft, *lecture), Ok(()), "{question}");
    }
}

/// Lecture's language, question, options with their reasons, key.
type Usual = (Lang, &'static str, [(&'static str, &'static str); 4], usize);

const USUAL: &[Usual] = &[
    (
        Lang::Eng,
        "According to the lecture, why does gradient descent diverge when the learning rate is too large?",
        [
            ("Each step overshoots the minimum", "Correct: the lecturer says the steps jump past the valley."),
            ("The gradient becomes zero", "A zero gradient would stop it rather than make it diverge."),
            ("The data set is too small", "The size of the data was not named as a cause."),
            ("The loss is convex", "Convexity helps convergence."),
        ],
        0,
    ),
    (
        Lang::Eng,
        "In the example, what does `git rebase -i HEAD~3` let you do?",
        [
            ("Delete the remote branch", "Incorrect. It does not touch the remote."),
            ("Edit the last three commits", "Correct. The -i flag opens the last three."),
            ("Merge three branches", "Incorrect. No branch is merged."),
            ("Undo the last push", "Incorrect. A push is not undone by it."),
        ],
        1,
    ),
    (
        Lang::Eng,
        "What is the time complexity of binary search?",
        [
            ("O(n)", "That is linear search."),
            ("O(log n)", "The range is halved."),
            ("O(n^2)", "No nested loops."),
            ("O(1)", "Not constant."),
        ],
        1,
    ),
    (
        Lang::Eng,
        "Which of the following best describes opportunity cost?",
        [
            ("The value of the best alternative given up", "That is the definition in the lecture."),
            ("The money paid for a good", "That is its price."),
            ("The cost of producing one more unit", "That is marginal cost."),
            ("Costs that cannot be recovered", "Those are sunk costs."),
        ],
        0,
    ),
    (
        Lang::Eng,
        "When did the Berlin Wall fall?",
        [
            ("1961", "It was built then."),
            ("1989", "In November 1989."),
            ("1991", "The Soviet Union ended then."),
            ("1945", "The war ended then."),
        ],
        1,
    ),
    (
        Lang::Eng,
        "What happens if x < 0 in the square root function over the reals?",
        [
            ("It is undefined", "No real root exists."),
            ("It is 0", "Only at 0."),
            ("It is -1", "A root is never negative."),
            ("It is |x|", "That is sqrt(x^2)."),
        ],
        0,
    ),
    (
        Lang::Kor,
        "경사 하강법에서 학습률(learning rate)이 너무 크면 어떤 문제가 생기나요?",
        [
            ("최솟값을 지나쳐 발산할 수 있다", "강의에서 보폭이 크면 골짜기를 건너뛴다고 설명했습니다."),
            ("기울기가 항상 0이 된다", "기울기가 0이 되면 오히려 멈추게 됩니다."),
            ("데이터가 줄어든다", "학습률은 데이터의 양과 관계가 없습니다."),
            ("손실 함수가 볼록해진다", "손실 함수의 모양은 학습률로 바뀌지 않습니다."),
        ],
        0,
    ),
    (
        Lang::Kor,
        "HTTP 메서드 중 멱등성(idempotent)을 갖지 않는 것은?",
        [
            ("GET", "GET은 idempotent합니다."),
            ("PUT", "PUT은 여러 번 보내도 결과가 같습니다."),
            ("POST", "POST는 보낼 때마다 새 리소스가 생길 수 있습니다."),
            ("DELETE", "DELETE는 두 번 보내도 결과가 같습니다."),
        ],
        2,
    ),
    (
        Lang::Kor,
        "조선을 건국한 인물은 누구입니까?",
        [
            ("이성계", "1392년에 조선을 세웠습니다."),
            ("왕건", "고려를 세운 인물입니다."),
            ("정도전", "건국을 도왔지만 왕은 아니었습니다."),
            ("이방원", "태종으로 세 번째 왕입니다."),
        ],
        0,
    ),
    (
        Lang::Kor,
        "다음 중 React의 useEffect에 대한 설명으로 옳은 것을 고르세요.",
        [
            ("렌더링이 끝난 뒤에 실행된다", "useEffect는 렌더링 이후에 실행됩니다."),
            ("컴포넌트를 삭제한다", "삭제와는 관계가 없습니다."),
            ("state를 직접 바꾼다", "state는 setState로 바꿉니다."),
            ("서버에서만 실행된다", "브라우저에서 실행됩니다."),
        ],
        0,
    ),
    (
        Lang::Deu,
        "Warum beschleunigt ein Enzym die Reaktion?",
        [
            ("Es senkt die Aktivierungsenergie", "Das sagt die Dozentin ausdrücklich."),
            ("Es erhöht die Temperatur", "Die Temperatur bleibt gleich."),
            ("Es wird verbraucht", "Enzyme werden nicht verbraucht."),
            ("Es verschiebt das Gleichgewicht", "Das Gleichgewicht bleibt unverändert."),
        ],
        0,
    ),
    (
        Lang::Jpn,
        "講師によると、スタックが適している理由は何ですか。",
        [
            ("後入れ先出しだから", "最後の呼び出しが最初に戻るからです。"),
            ("先入れ先出しだから", "それはキューの性質です。"),
            ("検索が速いから", "検索の速さは話題になっていません。"),
            ("メモリを使わないから", "スタックもメモリを使います。"),
        ],
        0,
    ),
];
