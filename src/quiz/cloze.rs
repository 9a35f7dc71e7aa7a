//! Fill-in questions without a network: informative sentences, key terms, distractors from the same lecture.
