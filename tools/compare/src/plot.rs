//! A plot as SVG: a logarithmic axis to the right, a plain one from zero upwards.

use std::fmt::Write;

/// The quantity that is plotted.
pub struct Line {
    pub name: &'static str,
    pub points: Vec<(f64, f64)>,
}

const COLOURS: [&str; 4] = ["#b45309", "#2563eb", "#4d7c0f", "#6b7280"];
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 50.0;
const RIGHT: f64 = 20.0;
const BOTTOM: f64 = 50.0;

/// The text of the picture.
pub fn plot(title: &str, x_name: &str, y_name: &str, lines: &[Line]) -> String {
    let points = || lines.iter().flat_map(|line| &line.points);
    let (least, most) = points().fold((f64::MAX, 0.0_f64), |(least, most), (x, _)| {
        (least.min(x.log10()), most.max(x.log10()))
    });
    let (step, highest) = steps(points().map(|(_, y)| *y).fold(0.0, f64::max));
    let across = |x: f64| LEFT + (x.log10() - least) / (most - least) * (WIDTH - LEFT - RIGHT);
    let up = |y: f64| HEIGHT - BOTTOM - y / highest * (HEIGHT - TOP - BOTTOM);

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"{LEFT}\" y=\"20\" font-size=\"15\">{title}, {y_name}</text>\n"
    );
    let mut add = |text: String| {
        let _ = writeln!(svg, "{text}");
    };
    let mut y = 0.0;
    while y <= highest * 1.001 {
        let (level, right) = (up(y), WIDTH - RIGHT);
        add(format!(
            "<path d=\"M{LEFT} {level:.1}H{right}\" stroke=\"#e5e7eb\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{y}</text>",
            LEFT - 6.0,
            level + 4.0
        ));
        y += step;
    }
    let mut marks: Vec<f64> = points().map(|(x, _)| *x).collect();
    marks.sort_by(f64::total_cmp);
    marks.dedup();
    for x in marks {
        add(format!(
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{x}</text>",
            across(x),
            HEIGHT - 30.0
        ));
    }
    add(format!(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{x_name}</text>",
        WIDTH / 2.0,
        HEIGHT - 10.0
    ));
    for (n, (line, colour)) in lines.iter().zip(COLOURS).enumerate() {
        let path: Vec<_> = line
            .points
            .iter()
            .map(|(x, y)| format!("{:.1} {:.1}", across(*x), up(*y)))
            .collect();
        add(format!(
            "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            path.join("L")
        ));
        for (x, y) in &line.points {
            add(format!(
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>",
                across(*x),
                up(*y)
            ));
        }
        add(format!(
            "<text x=\"{:.1}\" y=\"40\" fill=\"{colour}\">{}</text>",
            LEFT + 160.0 * n as f64,
            line.name
        ));
    }
    svg + "</svg>\n"
}

/// The distance of round marks, and the highest of them.
fn steps(most: f64) -> (f64, f64) {
    let rough = (most / 5.0).max(f64::MIN_POSITIVE);
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|it| it * power)
        .find(|it| *it >= rough)
        .unwrap_or(rough);
    (step, (most / step).ceil() * step)
}
