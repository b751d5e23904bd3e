//! Puts mutants into a source file, next to the original code, by insertions only. Between the insertions,
//! the original is unchanged.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    ops::Range,
    path::Path,
};

use syn::{spanned::Spanned, visit::Visit};

use crate::{
    build::Fault,
    listed::{Genre, Mutant, Place},
};

/// The question, at the end of each file: one that is included in several programs needs its own. What
/// is asked is noted once, if there is a file for it.
const QUESTION: &str = r#"
#[allow(dead_code)]
fn __mutant(id: usize) -> bool {
    use std::{env, fs::OpenOptions, io::Write, sync::LazyLock, sync::atomic::{AtomicBool, Ordering}};
    static ACTIVE: LazyLock<usize> =
        LazyLock::new(|| env::var("MUTANT").ok().and_then(|id| id.parse().ok()).unwrap_or(0));
    static TRACES: LazyLock<bool> = LazyLock::new(|| env::var_os("MUTANT_TRACE").is_some());
    static ASKED: [AtomicBool; 9999] = [const { AtomicBool::new(false) }; 9999];
    if *TRACES && !ASKED[id].load(Ordering::Relaxed) && !ASKED[id].swap(true, Ordering::Relaxed) {
        let path = env::var_os("MUTANT_TRACE").unwrap_or_default();
        if let Ok(mut file) = OpenOptions::new().append(true).create(true).open(path) {
            let _ = file.write_all(format!("{id}\n").as_bytes());
        }
    }
    *ACTIVE == id
}
"#;

/// The places of the mutants in a file.
type Places = Vec<(Range<usize>, Vec<usize>)>;

/// The places of the mutants in the original files.
pub struct Woven {
    /// Of each file: the range of a construct, and those in it, or of one mutant's own text.
    ranges: BTreeMap<String, Places>,
    /// Those of a kind that can't be woven.
    pub left_out: Vec<usize>,
}

impl Woven {
    /// The mutants that these faults are about: the smallest that has one of its places.
    pub fn at(&self, faults: &[Fault]) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        for fault in faults {
            let found = fault.places.iter().filter_map(|(file, range)| {
                let ranges = self.ranges.get(file)?.iter();
                let around =
                    ranges.filter(|(it, _)| it.start <= range.start && range.end <= it.end);
                around.min_by_key(|(it, ids)| (ids.len(), it.len()))
            });
            match found.min_by_key(|(it, ids)| (ids.len(), it.len())) {
                Some((_, ids)) => all.extend(ids),
                // It is about what a mutant is beside.
                None => all.extend(fault.shown()),
            }
        }
        all
    }
}

pub fn all(tree: &Path, mutants: &[Mutant], dropped: &BTreeSet<usize>) -> Woven {
    let mut woven = Woven {
        ranges: BTreeMap::new(),
        left_out: Vec::new(),
    };
    let files: BTreeSet<&String> = mutants.iter().map(|mutant| &mutant.file).collect();
    for file in files {
        let path = tree.join(file);
        let kept = path.with_extension("rs.original");
        if !kept.exists() {
            fs::copy(&path, &kept).expect("a copy");
        }
        let source = fs::read_to_string(&kept).expect("a source file");
        let mut here: Vec<&Mutant> = mutants.iter().filter(|it| it.file == *file).collect();
        here.retain(|mutant| !dropped.contains(&mutant.id));
        let (text, ranges) = weave(&source, &here, &mut woven.left_out);
        fs::write(path, text).expect("it is written");
        woven.ranges.insert(file.clone(), ranges);
    }
    woven
}

/// Those that are not in a tree into which all that compile have been put.
pub fn missing(tree: &Path, mutants: &[Mutant]) -> BTreeSet<usize> {
    let files: BTreeSet<&String> = mutants.iter().map(|mutant| &mutant.file).collect();
    let woven = files.into_iter().flat_map(|file| {
        let text = fs::read_to_string(tree.join(file)).expect("a source file");
        let asked = text.split("__mutant(").skip(1);
        let ids = asked.filter_map(|rest| rest.split_once(')')?.0.parse().ok());
        ids.collect::<Vec<usize>>()
    });
    let woven: BTreeSet<usize> = woven.collect();
    let ids = mutants.iter().map(|mutant| mutant.id);
    ids.filter(|id| !woven.contains(id)).collect()
}

/// An insertion. Of those at one place, ends come first, the innermost before all; then beginnings, the
/// outermost first.
struct Insertion {
    at: usize,
    is_start: bool,
    /// The length of what it is around.
    around: usize,
    text: String,
    /// The parts of the text that are a mutant's own.
    own: Vec<(Range<usize>, usize)>,
    construct: usize,
}

fn weave(source: &str, mutants: &[&Mutant], left_out: &mut Vec<usize>) -> (String, Places) {
    let finder = Finder::of(source);
    // Those at the same construct share its question.
    let mut constructs: BTreeMap<(usize, usize), (What, Vec<&Mutant>)> = BTreeMap::new();
    for mutant in mutants {
        match finder.find(mutant) {
            Some(what) => {
                let key = (what.range().start, what.range().end);
                constructs
                    .entry(key)
                    .or_insert((what, Vec::new()))
                    .1
                    .push(mutant);
            }
            None => left_out.push(mutant.id),
        }
    }
    let mut insertions = Vec::new();
    for (number, (what, mutants)) in constructs.values().enumerate() {
        what.insert(source, mutants, number, &mut insertions);
    }
    insertions.sort_by_key(|it| {
        let depth = if it.is_start {
            usize::MAX - it.around
        } else {
            it.around
        };
        (it.at, it.is_start, depth)
    });
    let mut text = String::new();
    let mut done = 0;
    let mut ranges = Vec::new();
    let mut starts: BTreeMap<usize, usize> = BTreeMap::new();
    let ids: Vec<Vec<usize>> = constructs
        .values()
        .map(|(_, all)| all.iter().map(|it| it.id).collect())
        .collect();
    for insertion in insertions {
        text.push_str(&source[done..insertion.at]);
        done = insertion.at;
        let start = text.len();
        for (own, id) in &insertion.own {
            ranges.push((start + own.start..start + own.end, vec![*id]));
        }
        text.push_str(&insertion.text);
        let first = *starts.entry(insertion.construct).or_insert(start);
        ranges.push((first..text.len(), ids[insertion.construct].clone()));
    }
    text.push_str(&source[done..]);
    text.push_str(QUESTION);
    (text, ranges)
}

/// The subject of a mutant.
enum What {
    /// The statements of a function, which begin here.
    Body(usize),
    Binary {
        whole: Range<usize>,
        left: Range<usize>,
        right: Range<usize>,
    },
    Unary {
        whole: Range<usize>,
        operand: Range<usize>,
    },
    /// The guard of a match arm, or the place for one.
    Arm {
        pattern_end: usize,
        guard: Option<Range<usize>>,
    },
}

impl What {
    fn range(&self) -> Range<usize> {
        match self {
            Self::Body(at) => *at..usize::MAX,
            Self::Binary { whole, .. } | Self::Unary { whole, .. } => whole.clone(),
            Self::Arm {
                pattern_end,
                guard: None,
            } => *pattern_end..*pattern_end,
            Self::Arm {
                guard: Some(guard), ..
            } => guard.clone(),
        }
    }

    fn insert(
        &self,
        source: &str,
        mutants: &[&Mutant],
        construct: usize,
        insertions: &mut Vec<Insertion>,
    ) {
        let mut add = |at: usize, is_start, around, parts: Vec<(String, Option<usize>)>| {
            let (mut text, mut own) = (String::new(), Vec::new());
            for (part, id) in parts {
                let start = text.len();
                text.push_str(&part);
                own.extend(id.map(|id| (start..text.len(), id)));
            }
            insertions.push(Insertion {
                at,
                is_start,
                around,
                text,
                own,
                construct,
            });
        };
        let branches = |replaced: &dyn Fn(&Mutant) -> String| {
            let mut parts = vec![("(".to_owned(), None)];
            for mutant in mutants {
                parts.push((format!("if __mutant({}) {{ ", mutant.id), None));
                parts.push((replaced(mutant), Some(mutant.id)));
                parts.push((" } else ".to_owned(), None));
            }
            parts.push(("{ ".to_owned(), None));
            parts
        };
        let end = vec![(" })".to_owned(), None)];
        match self {
            Self::Body(at) => {
                let parts = mutants.iter().map(|mutant| {
                    let (id, value) = (mutant.id, &mutant.replacement);
                    (
                        format!("if __mutant({id}) {{ return {value}; }} "),
                        Some(id),
                    )
                });
                add(*at, true, usize::MAX, parts.collect());
            }
            Self::Binary { whole, left, right } => {
                let replaced = |mutant: &Mutant| {
                    let (left, right) = (&source[left.clone()], &source[right.clone()]);
                    format!("{left} {} {right}", mutant.replacement)
                };
                add(whole.start, true, whole.len(), branches(&replaced));
                add(whole.end, false, whole.len(), end);
            }
            Self::Unary { whole, operand } => {
                let replaced = |_: &Mutant| source[operand.clone()].to_owned();
                add(whole.start, true, whole.len(), branches(&replaced));
                add(whole.end, false, whole.len(), end);
            }
            Self::Arm { pattern_end, guard } => {
                let (mut yes, mut no) = (String::new(), String::new());
                for mutant in mutants {
                    match (mutant.genre, mutant.replacement.as_str()) {
                        (Genre::MatchArmGuard, "true") => {
                            yes.push_str(&format!("__mutant({}) || ", mutant.id))
                        }
                        _ => no.push_str(&format!("!__mutant({}) && ", mutant.id)),
                    }
                }
                match guard {
                    Some(guard) => {
                        add(
                            guard.start,
                            true,
                            guard.len(),
                            vec![(format!("({yes}({no}("), None)],
                        );
                        add(
                            guard.end,
                            false,
                            guard.len(),
                            vec![(")))".to_owned(), None)],
                        );
                    }
                    None => add(
                        *pattern_end,
                        false,
                        0,
                        vec![(format!(" if {no}true"), None)],
                    ),
                }
            }
        }
    }
}

struct Found {
    /// By where the operator, the arm, the guard or the function's block begins.
    all: BTreeMap<Place, What>,
    lines: Vec<usize>,
}

struct Finder<'s> {
    source: &'s str,
    found: Found,
    /// Of each match that is being looked into.
    takes_all: Vec<bool>,
}

impl<'s> Finder<'s> {
    fn of(source: &'s str) -> Self {
        let lines = source.split_inclusive('\n').scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some(start)
        });
        let found = Found {
            all: BTreeMap::new(),
            lines: lines.collect(),
        };
        let mut finder = Self {
            source,
            found,
            takes_all: Vec::new(),
        };
        finder.visit_file(&syn::parse_file(source).expect("it is Rust"));
        finder
    }

    fn find(&self, mutant: &Mutant) -> Option<What> {
        let place = mutant.span.start;
        if mutant.genre == Genre::FnValue {
            return Some(What::Body(self.offset(place)));
        }
        match self.found.all.get(&place)? {
            What::Binary { whole, left, right } => Some(What::Binary {
                whole: whole.clone(),
                left: left.clone(),
                right: right.clone(),
            }),
            What::Unary { whole, operand } => Some(What::Unary {
                whole: whole.clone(),
                operand: operand.clone(),
            }),
            What::Arm { pattern_end, guard } => Some(What::Arm {
                pattern_end: *pattern_end,
                guard: guard.clone(),
            }),
            What::Body(_) => None,
        }
    }

    fn offset(&self, place: Place) -> usize {
        let line = self.found.lines[place.line - 1];
        let rest = self.source[line..].char_indices().nth(place.column - 1);
        line + rest.map_or(0, |(at, _)| at)
    }

    fn place(&self, spanned: &impl Spanned) -> Place {
        let start = spanned.span().start();
        Place {
            line: start.line,
            column: start.column + 1,
        }
    }

    fn range(&self, spanned: &impl Spanned) -> Range<usize> {
        let (start, end) = (spanned.span().start(), spanned.span().end());
        let offset = |at: proc_macro2::LineColumn| {
            self.offset(Place {
                line: at.line,
                column: at.column + 1,
            })
        };
        offset(start)..offset(end)
    }
}

/// `let … && …` can be put into no parentheses.
fn has_let(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        if !has_let(&binary.left) && !has_let(&binary.right) {
            let what = What::Binary {
                whole: self.range(binary),
                left: self.range(&binary.left),
                right: self.range(&binary.right),
            };
            self.found.all.insert(self.place(&binary.op), what);
        }
        syn::visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_unary(&mut self, unary: &'ast syn::ExprUnary) {
        let what = What::Unary {
            whole: self.range(unary),
            operand: self.range(&unary.expr),
        };
        self.found.all.insert(self.place(&unary.op), what);
        syn::visit::visit_expr_unary(self, unary);
    }

    fn visit_expr_match(&mut self, expr: &'ast syn::ExprMatch) {
        let takes_all = |arm: &syn::Arm| {
            arm.guard.is_none() && matches!(arm.pat, syn::Pat::Wild(_) | syn::Pat::Ident(_))
        };
        // Otherwise no arm can be left out.
        self.takes_all.push(expr.arms.iter().any(takes_all));
        syn::visit::visit_expr_match(self, expr);
        self.takes_all.pop();
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let pattern_end = self.range(&arm.pat).end;
        let guard = arm.guard.as_ref().map(|(_, guard)| guard);
        let range = guard.map(|guard| self.range(guard));
        if let Some(guard) = guard {
            let what = What::Arm {
                pattern_end,
                guard: range.clone(),
            };
            self.found.all.insert(self.place(guard), what);
        }
        if self.takes_all.last() == Some(&true) {
            let what = What::Arm {
                pattern_end,
                guard: range,
            };
            self.found.all.entry(self.place(arm)).or_insert(what);
        }
        syn::visit::visit_arm(self, arm);
    }
}
