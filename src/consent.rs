//! What a learner agrees to before the camera opens. A change of meaning makes a new version, which is asked for anew.

/// The version that holds now.
pub const VERSION: &str = "2026-11-25";

/// The text in English.
pub const ENGLISH: &str = "\
Loa looks at small pictures from your camera, one a second and up to four while something looks wrong, to tell whether you are awake and there. \
Pictures are sent to this Loa server, held in memory while they are looked at, and never written down or passed on. \
Kept are, for your own report: what you watched and when, times and kinds of lost attention (eyes closed, drowsy, absent, slumped, looking away, yawning), \
totals per minute, and your quiz answers. Single events are deleted after a set time (90 days unless the server's owner chose otherwise). \
Nobody is recognised, no feelings are guessed and no marks are given. Teachers see only sums over groups of at least five learners. \
You can turn the camera off at any time, withdraw this consent, take your data with you, and erase all of it.";

/// The text in Korean.
pub const KOREAN: &str = "\
Loa는 깨어 있는지, 자리에 있는지 알기 위해 카메라의 작은 사진을 1초에 한 장, 이상해 보일 때는 최대 네 장까지 봅니다. \
사진은 이 Loa 서버로 전송되어 확인하는 동안만 메모리에 있으며, 저장하거나 다른 곳에 넘기지 않습니다. \
본인의 리포트를 위해 남는 것: 무엇을 언제 시청했는지, 집중이 끊긴 시각과 종류(눈 감음, 졸음, 자리 비움, 엎드림, 다른 곳 보기, 하품), \
분 단위 합계, 퀴즈 답안. 개별 기록은 정해진 기간(서버 관리자가 달리 정하지 않으면 90일)이 지나면 삭제됩니다. \
누구인지 식별하지 않고, 감정을 추측하지 않으며, 점수를 매기지 않습니다. 교사는 다섯 명 이상 묶음의 합계만 볼 수 있습니다. \
언제든 카메라를 끄고, 동의를 철회하고, 데이터를 내려받고, 모두 삭제할 수 있습니다.";
