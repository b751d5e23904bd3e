//! All sequences of choices, one after the other. The first time, each choice is the first option. Each next
//! time, the last choice that has another option takes it.

/// The choices of one path, and which path is next.
#[derive(Default)]
pub(super) struct Choices {
    /// The chosen option, and the number of options.
    made: Vec<(usize, usize)>,
    at: usize,
}

impl Choices {
    /// Chooses one of this many options: the same as the last time, up to the point where this path differs.
    pub(super) fn one_of(&mut self, count: usize) -> usize {
        if self.at == self.made.len() {
            self.made.push((0, count));
        }
        let (chosen, of) = self.made[self.at];
        assert_eq!(of, count, "the same choices lead to the same place");
        self.at += 1;
        chosen
    }

    /// Goes to the next path. Returns false if this was the last.
    pub(super) fn next(&mut self) -> bool {
        self.at = 0;
        while let Some((chosen, of)) = self.made.pop() {
            if chosen + 1 < of {
                self.made.push((chosen + 1, of));
                return true;
            }
        }
        false
    }

    /// The choices on this path.
    pub(super) fn path(&self) -> Vec<usize> {
        self.made.iter().map(|(chosen, _)| *chosen).collect()
    }
}

#[test]
fn every_path_is_taken_once() {
    let mut choices = Choices::default();
    let mut paths = Vec::new();
    loop {
        // Two choices after the one, three after the other.
        let first = choices.one_of(2);
        choices.one_of(2 + first);
        paths.push(choices.path());
        if !choices.next() {
            break;
        }
    }
    assert_eq!(paths, [[0, 0], [0, 1], [1, 0], [1, 1], [1, 2]]);
}
