//! One part's questions: asked for, checked, solved blindly, accepted one after the other; what fails is asked for again.

use serde_json::Value;

use super::{GenerateError, Lecture};
use crate::quiz::check::{Draft, Flaw, Part, Shown, check, drafts, solved};
use crate::quiz::llm::LlmError;
use crate::quiz::prompt::Prompt;
use crate::quiz::question::{ChunkDone, Dropped, Question};
use crate::quiz::{extract, prompt};

/// Near the model's likeliest words at first, further from them when those were refused.
const FIRST_TRY: f64 = 0.3;
const AGAIN: f64 = 0.7;
/// A solver shall not guess.
const SOLVING: f64 = 0.0;

const NOTHING: &str = "the reply held no question";
const UNSOLVED: &str = "asked without the key, the model chose another answer or none";

/// What is still to be had of a part.
struct Need {
    /// Questions to ask for.
    wanted: usize,
    /// Why those before them were refused.
    rejected: Vec<String>,
}

/// With what it was made from: it is checked again when it is accepted.
type Candidate = (Draft, Question);

impl Lecture<'_> {
    /// The part's outcome, and why a request failed for good, if one did.
    pub(super) async fn part(&self, index: usize) -> Result<(ChunkDone, Option<LlmError>), GenerateError> {
        let part = self.view(index);
        let mut done = ChunkDone { chunk: index, ..ChunkDone::default() };
        let mut need = Need { wanted: prompt::wanted(&part), rejected: Vec::new() };
        let mut failed = None;
        for round in 0..=self.limits.regenerate {
            match self.round(&part, &need, round).await {
                Ok((passed, next)) => {
                    done.questions.extend(passed);
                    need = next;
                }
                Err(error) if error.is_hopeless() => return Err(error.into()),
                Err(error) => {
                    need.rejected = vec![error.to_string()];
                    failed = Some(error);
                    break;
                }
            }
            if need.rejected.is_empty() {
                break;
            }
        }
        done.questions.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        done.dropped = need.rejected.into_iter().map(|why| Dropped { chunk: index, why }).collect();
        Ok((done, failed))
    }

    /// Asks once, and tells what passed and what to ask for next.
    async fn round(&self, part: &Part<'_>, need: &Need, round: u32) -> Result<(Vec<Question>, Need), LlmError> {
        let written = match self.written(part, need, round).await? {
            Ok(written) => written,
            Err(why) => return Ok((Vec::new(), Need { wanted: need.wanted, rejected: vec![why] })),
        };
        let mut rejected = Vec::new();
        let candidates = self.checked(part, written, &mut rejected);
        let candidates = self.solved(part, candidates, round, &mut rejected).await?;
        let passed = self.accept(part, candidates, &mut rejected);
        Ok((passed, Need { wanted: rejected.len(), rejected }))
    }

    /// What the model wrote, or why all of it is of no use.
    async fn written(
        &self,
        part: &Part<'_>,
        need: &Need,
        round: u32,
    ) -> Result<Usable<Vec<Result<Draft, Flaw>>>, LlmError> {
        let prompt = {
            let accepted = self.accepted();
            prompt::questions(part, need.wanted, &accepted.iter().collect::<Vec<_>>(), &need.rejected)
        };
        let reply = self.json(&prompt, if round == 0 { FIRST_TRY } else { AGAIN }).await?;
        let written = reply.map(|reply| drafts(&reply, need.wanted));
        Ok(written.and_then(|written| if written.is_empty() { Err(NOTHING.to_owned()) } else { Ok(written) }))
    }

    /// The reply's JSON. A reply that is of no use is no failure of the server: another may be.
    async fn json(&self, prompt: &Prompt, temperature: f64) -> Result<Usable<Value>, LlmError> {
        match self.ask(prompt, temperature).await {
            Ok(reply) => Ok(extract::json(&reply, prompt.field).map_err(|why| why.to_string())),
            Err(error @ (LlmError::CutOff(_) | LlmError::Refused | LlmError::TooLarge(_))) => {
                Ok(Err(error.to_string()))
            }
            Err(error) => Err(error),
        }
    }

    fn checked(
        &self,
        part: &Part<'_>,
        written: Vec<Result<Draft, Flaw>>,
        rejected: &mut Vec<String>,
    ) -> Vec<Candidate> {
        let accepted = self.accepted();
        let mut candidates: Vec<Candidate> = Vec::new();
        for draft in written {
            let earlier: Vec<&Question> =
                accepted.iter().chain(candidates.iter().map(|(_, question)| question)).collect();
            match draft.and_then(|draft| check(&draft, part, &earlier).map(|question| (draft, question))) {
                Ok(candidate) => candidates.push(candidate),
                // Nothing is missing because of what was not asked for.
                Err(Flaw::TooMany(_)) => {}
                Err(flaw) => rejected.push(flaw.to_string()),
            }
        }
        candidates
    }

    /// Those whose key was found by one who does not know it.
    async fn solved(
        &self,
        part: &Part<'_>,
        candidates: Vec<Candidate>,
        round: u32,
        rejected: &mut Vec<String>,
    ) -> Result<Vec<Candidate>, LlmError> {
        if candidates.is_empty() {
            return Ok(candidates);
        }
        let seeds = (self.seed(part.index, round)..).take(candidates.len());
        let shown: Vec<Shown> =
            candidates.iter().zip(seeds).map(|((_, question), seed)| Shown::new(question, seed)).collect();
        let reply = self.json(&prompt::solve(part, &shown), SOLVING).await?;
        let found = reply.map_or_else(|_| vec![false; shown.len()], |reply| solved(&shown, &reply));
        let mut agreed = Vec::new();
        for (candidate, found) in candidates.into_iter().zip(found) {
            if found { agreed.push(candidate) } else { rejected.push(UNSOLVED.to_owned()) }
        }
        Ok(agreed)
    }

    /// One after the other: meanwhile another part may have asked the same.
    fn accept(&self, part: &Part<'_>, candidates: Vec<Candidate>, rejected: &mut Vec<String>) -> Vec<Question> {
        let mut accepted = self.accepted();
        let mut passed = Vec::new();
        for (draft, _) in candidates {
            match check(&draft, part, &accepted.iter().collect::<Vec<_>>()) {
                Ok(question) => {
                    accepted.push(question.clone());
                    passed.push(question);
                }
                Err(flaw) => rejected.push(flaw.to_string()),
            }
        }
        passed
    }

    /// The same lecture is solved in the same orders.
    fn seed(&self, part: usize, round: u32) -> u64 {
        let lecture = self.transcript.hash().get(..12).and_then(|digits| u64::from_str_radix(digits, 16).ok());
        lecture.unwrap_or_default() + ((part as u64) << 8) + u64::from(round << 4)
    }
}

/// Or why not, for the model and for people.
type Usable<T> = Result<T, String>;
