"use strict";
// Charts that answer to a click, and single samples to look up. Text from data is only ever set as text, never as markup.

document.documentElement.classList.add("js");

const data = (box) => JSON.parse(box.querySelector('script[type="application/json"]').textContent);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const number = (value) => (value === null ? "not known" : Number(value.toPrecision(3)).toString().replace("-", "−"));
const signed = (value) => (value < 0 ? "" : "+") + number(value);
const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;"); // for plotly

function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "click") made.addEventListener("click", value);
    else made.setAttribute(key, value);
  }
  made.append(...inside);
  return made;
}

// Charts ------------------------------------------------------------------------------------------------------------

const redrawn = []; // every chart is drawn again where the page turns dark or light

function plot(box, traces, layout, height) {
  if (typeof Plotly === "undefined") return box?.remove();
  const axis = { gridcolor: colour("--line"), zerolinecolor: colour("--quiet"), linecolor: colour("--line"), automargin: true };
  const both = {};
  for (const [key, value] of Object.entries(layout)) both[key] = /axis/.test(key) ? { ...axis, ...value } : value;
  const look = {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: colour("--text"), family: "system-ui, sans-serif", size: 13 },
    margin: { l: 8, r: 8, t: 8, b: 8 }, height, showlegend: false, dragmode: false,
    hoverlabel: { bgcolor: colour("--card"), font: { color: colour("--text") } }, ...both,
  };
  Plotly.react(box, traces, look, { displayModeBar: false, displaylogo: false, responsive: true });
}

function training(box) {
  const x = data(box), [course, orders] = box.querySelectorAll(".plot");
  const slider = box.querySelector("input"), told = box.querySelector(".told");
  const places = x.steps.map((_, i) => i), last = x.steps.length - 1;
  const most = Math.max(...x.positive.flat(), ...x.negative.flat().map((value) => -value), 1e-9) * 1.08;
  let at = last;

  function drawCourse() {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const scale = dark ? [[0, "#16161a"], [1, "#8ecbf5"]] : [[0, "#ffffff"], [1, "#00426b"]];
    const traces = [{ type: "heatmap", z: x.orders.map((_, k) => places.map((i) => x.strength[i][k])), x: places, y: x.orders,
      colorscale: scale, zmin: 0, colorbar: { title: { text: "strength" }, thickness: 12, outlinewidth: 0 }, customdata: x.orders.map(() => x.steps),
      hovertemplate: `${plain(x.unit)} %{customdata}, order %{y}: %{z:.2f}<extra></extra>` }];
    if (x.gap) traces.push({ x: places, y: x.gap, yaxis: "y2", mode: "lines+markers", line: { color: colour("--negative") },
      customdata: x.steps, hovertemplate: `${plain(x.unit)} %{customdata}: loss gap %{y:.3g}<extra></extra>` });
    const beside = (mark, i) => 4 * x.marks.slice(0, i).filter((other) => other.at === mark.at).length; // pixels: else one line hides another
    const marks = x.marks.map((mark, i) => ({ type: "line", xref: "x", yref: "paper", xsizemode: "pixel", xanchor: mark.at,
      x0: beside(mark, i), x1: beside(mark, i), y0: 0, y1: 1, line: { color: colour("--mark"), width: 2, dash: ["dash", "dot", "dashdot"][i] } }));
    const chosen = { type: "rect", xref: "x", yref: "paper", x0: at - 0.5, x1: at + 0.5, y0: 0, y1: 1, line: { color: colour("--text"), width: 2 } };
    plot(course, traces, {
      xaxis: { title: { text: plain(x.unit) }, tickvals: places, ticktext: x.steps.map(plain), showgrid: false, range: [-0.5, last + 0.5], anchor: x.gap ? "y2" : "y", zeroline: false },
      yaxis: { title: { text: "order" }, dtick: 1, domain: x.gap ? [0.36, 1] : [0, 1], showgrid: false },
      yaxis2: { title: { text: "loss gap" }, domain: [0, 0.26] }, shapes: [...marks, chosen],
    }, x.gap ? 420 : 300);
  }

  function drawOrders() {
    const bar = (name, y, sign, shape) => ({ type: "bar", name, x: x.orders, y, marker: { color: colour(sign), pattern: { shape } }, hovertemplate: `${name}, order %{x}: %{y:.3g}<extra></extra>` });
    plot(orders, [bar("positive", x.positive[at], "--positive", ""), bar("negative", x.negative[at], "--negative", "/")], {
      barmode: "relative", xaxis: { title: { text: "order" }, dtick: 1 },
      yaxis: { title: { text: "sum of the effects" }, range: [-most, most] }, showlegend: true, legend: { orientation: "h", y: 1.15 },
    }, 280);
  }

  function choose(place) {
    at = Math.min(Math.max(Math.round(place), 0), last);
    slider.value = at;
    const step = `${x.unit} ${x.steps[at]}`, here = x.marks.filter((mark) => mark.at === at).map((mark) => `; ${mark.text}`).join("");
    slider.setAttribute("aria-valuetext", step);
    const sums = x.orders.flatMap((order, k) => (x.positive[at][k] || x.negative[at][k] ? [`${order}: ${signed(x.positive[at][k])} / ${number(x.negative[at][k])}`] : []));
    told.textContent = `${step}${here}. Mean order ${number(x.mean[at])}${x.gap ? `, loss gap ${number(x.gap[at])}` : ""}. By order, positive / negative: ${sums.join("; ") || "nothing"}.`;
    drawCourse();
    drawOrders();
  }

  slider.max = last;
  slider.addEventListener("input", () => choose(Number(slider.value)));
  choose(last);
  if (course.on) course.on("plotly_click", (event) => choose(event.points[0].x));
  redrawn.push(() => choose(at));
  if (x.marks.length) told.before(element("p", { class: "hint" }, x.marks.map((mark, i) => `${["Dashed", "Dotted", "Dash-dotted"][i]} line: ${mark.text}, ${x.unit} ${x.steps[mark.at]}`).join(". ") + "."));
}

// Single samples ----------------------------------------------------------------------------------------------------

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const fires = ([players, isOr], shown) => (isOr ? (players & shown) !== 0 : (players & shown) === players);
const members = (sample, players) => sample.names.filter((_, i) => (players >> i) & 1);
const named = (sample, players) => members(sample, players).join(", ");

function explorer(box) {
  const x = data(box), whole = 2 ** x.n - 1;
  const find = (selector) => box.querySelector(selector);
  const search = find("input[type=search]"), results = find(".results"), slider = find("input[type=range]");
  let sample = x.samples[0], shown = whole, used = 0;

  const title = (one) => [one.place, one.label].filter(Boolean).join(", ");
  const strongest = () => (used === 1 ? "strongest effect" : `${used} strongest effects`);
  const predicted = () => sample.effects.slice(0, used).reduce((sum, effect) => sum + (fires(effect, shown) ? effect[2] : 0), sample.empty);

  function list() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = x.samples.filter((one) => words.every((word) => (/^\d+$/.test(word) ? new RegExp(`\\b${word}\\b`) : { test: (text) => text.includes(word) }).test(title(one).toLowerCase())));
    results.replaceChildren(...found.map((one) => element("button", { type: "button", "aria-current": one === sample, click: () => choose(one) }, title(one))));
    find(".count").textContent = `${found.length} of ${x.samples.length} samples${results.scrollHeight > results.clientHeight ? "; scroll for more" : ""}`;
    return found;
  }

  function choose(one) {
    [sample, shown, used] = [one, whole, Math.min(one.effects.length, 10)];
    find(".title").textContent = `${title(one)}: score ${number(one.whole)}, with all ${x.n} parts masked ${number(one.nothing)}`;
    find(".signs").textContent = one.kind === "points" ? "Masked points are strokes, drawn where they were; pale ones belong to no part." : "What is hatched or struck out is masked.";
    Object.assign(slider, { max: one.effects.length, value: used });
    for (const button of results.children) button.setAttribute("aria-current", button.textContent === title(one));
    find(".players").replaceChildren(...one.names.map((name, i) => element("button", { type: "button", click: () => show(shown ^ (1 << i)) }, name)),
      element("button", { type: "button", class: "all", click: () => show(shown === whole ? 0 : whole) }, "all or none"));
    table();
    use(used);
    show(whole);
  }

  function table() {
    const head = element("tr", {}, ...["players", "type", "effect"].map((name) => element("th", name === "effect" ? { class: "number", scope: "col" } : { scope: "col" }, name)));
    const rows = sample.effects.slice(0, 15).map((effect) => element("tr", {},
      element("td", {}, element("button", { type: "button", title: "Show these parts alone", click: () => show(effect[0]) }, named(sample, effect[0]))),
      element("td", {}, effect[1] ? "OR (any shown)" : "AND (all shown)"), element("td", { class: "number" }, signed(effect[2]))));
    const constant = element("tr", {}, element("td", {}, "none"), element("td", {}, "constant (always)"), element("td", { class: "number" }, signed(sample.empty)));
    find(".effects").replaceChildren(head, constant, ...rows);
  }

  function show(coalition) {
    shown = coalition;
    [...find(".players").children].slice(0, x.n).forEach((button, i) => button.setAttribute("aria-pressed", ((shown >> i) & 1) === 1));
    draw(find(".drawing"), sample, shown);
    told();
  }

  function use(count) {
    used = count;
    const left = sample.effects.length - used + sample.left[0];
    slider.setAttribute("aria-valuetext", `${used} effects`);
    curve();
    told();
    const sum = sample.effects.slice(0, used).reduce((total, effect) => total + effect[2], sample.empty);
    find(".used").textContent = `The constant ${number(sample.empty)} and the ${strongest()} give ${number(sum)} of the score ${number(sample.whole)} of the whole sample; ${number(sample.whole - sum)} is left, from ${left} weaker effects and the allowed error.`;
  }

  function told() {
    const masked = x.n - members(sample, shown).length;
    const score = sample.scores ? `the network's score is ${number(new DataView(bytes(sample.scores).buffer).getFloat32(4 * shown, true))}, and ` : "";
    find(".scores").textContent = `With ${masked ? `${masked} of ${x.n} parts masked` : "everything shown"}, ${score}the constant and the ${strongest()} predict ${number(predicted())}.`;
  }

  function curve() {
    let sum = sample.empty;
    const left = [Math.abs(sample.whole - sum), ...sample.effects.map((effect) => Math.abs(sample.whole - (sum += effect[2])))];
    const names = ["no effect", ...sample.effects.map((effect) => `${effect[1] ? "OR" : "AND"} of ${plain(named(sample, effect[0]))}: ${signed(effect[2])}`)];
    plot(find(".curve"), [
      { x: left.map((_, i) => i), y: left, mode: "lines", line: { color: colour("--positive"), width: 2.5 }, text: names, hovertemplate: "%{x}: %{y:.3g} left<br>%{text}<extra></extra>" },
      { x: [used], y: [left[used]], mode: "markers", marker: { size: 12, color: colour("--mark"), symbol: "diamond" }, hoverinfo: "skip" },
    ], { xaxis: { title: { text: "strongest effects that are used" }, rangemode: "tozero" }, yaxis: { title: { text: "distance to the score" }, rangemode: "tozero" } }, 280);
  }

  search.addEventListener("input", () => {
    const found = list();
    if (found.length && !found.includes(sample)) choose(found[0]);
  });
  slider.addEventListener("input", () => use(Number(slider.value)));
  list();
  choose(sample);
  redrawn.push(() => choose(sample));
}

// A sample with some of its parts masked

function draw(place, sample, shown) {
  const seen = (player) => player < 0 || ((shown >> player) & 1) === 1;
  const text = `The sample; shown: ${named(sample, shown) || "none of its parts"}.`;
  if (sample.kind === "image") return drawImage(place, sample, seen, text);
  if (sample.kind === "points") return drawPoints(place, sample, seen, text);
  if (sample.kind === "sentence") {
    const runs = sample.runs.map(([words, player]) => (player < 0 ? words : element(seen(player) ? "span" : "del", { class: "shown" }, words)));
    return place.replaceChildren(element("p", { class: "sentence", dir: "auto" }, ...runs));
  }
  if (sample.kind === "table") {
    const rows = sample.names.map((name, i) => element("tr", seen(i) ? {} : { class: "masked" }, element("th", { scope: "row" }, name), element("td", {}, sample.values[i])));
    return place.replaceChildren(element("div", { class: "scroll" }, element("table", {}, ...rows)));
  }
  return place.replaceChildren();
}

function canvas(place, width, height, text) {
  const made = element("canvas", { width, height, role: "img", "aria-label": text });
  place.replaceChildren(made);
  return made.getContext("2d");
}

function drawImage(place, sample, seen, text) {
  const cell = Math.max(1, Math.round(320 / sample.width)), regions = bytes(sample.regions);
  const pen = canvas(place, sample.width * cell, sample.height * cell, text), image = new Image();
  const player = (column, row) => (column < sample.width && row < sample.height ? regions[row * sample.width + column] : 255);
  image.onload = () => {
    pen.imageSmoothingEnabled = false;
    pen.drawImage(image, 0, 0, sample.width * cell, sample.height * cell);
    for (let row = 0; row < sample.height; row++) for (let column = 0; column < sample.width; column++) {
      const own = player(column, row), [left, top] = [column * cell, row * cell];
      if (own !== 255 && !seen(own)) hatch(pen, left, top, cell);
      pen.fillStyle = "#00a0ff";
      if (own !== player(column + 1, row)) pen.fillRect(left + cell - 1, top, 2, cell);
      if (own !== player(column, row + 1)) pen.fillRect(left, top + cell - 1, cell, 2);
    }
  };
  image.src = sample.png;
}

function hatch(pen, left, top, size) {
  pen.fillStyle = "#8a8a8a";
  pen.fillRect(left, top, size, size);
  pen.strokeStyle = "#d0d0d0";
  pen.lineWidth = Math.max(1, size / 12);
  pen.beginPath();
  pen.moveTo(left, top + size);
  pen.lineTo(left + size, top);
  pen.stroke();
}

function drawPoints(place, sample, seen, text) {
  const size = 320, pen = canvas(place, size, size, text);
  sample.points.forEach(([x, y], i) => {
    const player = sample.players[i];
    pen.strokeStyle = pen.fillStyle = player < 0 ? colour("--line") : seen(player) ? colour("--positive") : colour("--quiet");
    pen.beginPath();
    if (seen(player)) pen.arc(x * size, y * size, 3, 0, 7), pen.fill();
    else pen.moveTo(x * size - 2, y * size - 2), pen.lineTo(x * size + 2, y * size + 2), pen.stroke();
  });
}

// What is wider than the screen says that it scrolls, and does so by keys too.

function scrolling(box) {
  const cue = element("p", { class: "cue", "aria-hidden": "true" }, "Scroll sideways →");
  new ResizeObserver(() => {
    const wider = box.scrollWidth > box.clientWidth + 1;
    if (wider) box.before(cue), box.setAttribute("tabindex", "0");
    else cue.remove();
  }).observe(box);
}

// All together --------------------------------------------------------------------------------------------------------

document.querySelectorAll(".chart").forEach(training);
document.querySelectorAll(".explorer").forEach(explorer);
document.querySelectorAll(".scroll").forEach(scrolling);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redrawn.forEach((draw) => draw()));
const unfolded = []; // for print, where the long lists of the record stay as they are
addEventListener("beforeprint", () => document.querySelectorAll("details:not([open], #record details)").forEach((one) => { unfolded.push(one); one.open = true; }));
addEventListener("afterprint", () => unfolded.splice(0).forEach((one) => { one.open = false; }));
const narrow = matchMedia("(max-width: 83.99rem)").matches;
if (narrow) document.querySelector(".contents details").open = false;
const opened = () => document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
addEventListener("load", opened);
