// Asks what goes on twice a second, and shows it. What comes is text, never markup; only
// the picture is markup, which the scheduler has made and escaped.
"use strict";

const PAUSE = 500; // milliseconds
const SVG = "http://www.w3.org/2000/svg";
const at = (id) => document.getElementById(id);

const chosen = { session: "", plan: "" }; // "" for what the scheduler thinks best
const shown = new Map(); // lists, with what is in them
let drawn = ""; // session, plan and version of the picture that is shown
let marks = []; // of each vertex: the frame, the text beside it, its id and its name

const made = (tag, text = "", kind = "") => {
  const element = document.createElement(tag);
  element.textContent = text;
  if (kind) element.className = kind;
  return element;
};

const time = (seconds) => {
  for (const [unit, size] of [["s", 1], ["ms", 1e-3]])
    if (seconds >= size) return `${Number((seconds / size).toPrecision(3))} ${unit}`;
  return `${Math.round(seconds * 1e6)} µs`;
};
const count = (n) => n.toLocaleString("en");

const asked = async (what, about) => {
  const answer = await fetch(`daskflow/${what}.json?${new URLSearchParams(about)}`);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
};

// Lists

const changes = (element, data) => {
  const now = JSON.stringify(data);
  if (shown.get(element) === now) return false; // what stays can be selected and copied
  shown.set(element, now);
  return true;
};

const fill = (select, rows, value) => {
  if (document.activeElement === select || !changes(select, [rows, value])) return;
  select.replaceChildren(...rows.map(([id, text]) => {
    const option = made("option", text);
    option.value = id;
    return option;
  }));
  select.value = value;
};

const table = (id, rows, numbers) => {
  if (!changes(at(id), rows)) return;
  at(id).tBodies[0].replaceChildren(...rows.map((row) => {
    const line = made("tr");
    line.append(...row.map((cell, i) => made("td", cell, numbers.includes(i) ? "number" : "")));
    return line;
  }));
};

const sessionText = (s) => {
  const opened = new Date(s.opened * 1000).toLocaleTimeString();
  return `${s.session}, since ${opened}${s.closed ? ", closed" : ""}`;
};

const showNumbers = (s) => {
  const numbers = [
    ["runs", count(s.runs)],
    ["runs per second", s.closed ? "closed" : s.rate.toFixed(s.rate < 10 ? 1 : 0)],
    ["commits", count(s.commits)],
    ["replays after losses", s.replays ? `${count(s.replays)}, of ${count(s.replayed)} runs` : "0"],
  ];
  at("numbers").replaceChildren(...numbers.map(([name, text]) => {
    const box = made("div");
    box.append(made("dt", name), made("dd", text));
    return box;
  }));
};

// The picture

const fit = () => {
  const room = at("picture"), svg = room.querySelector("svg");
  if (!svg) return;
  const { width, height } = svg.viewBox.baseVal;
  const across = (room.clientWidth - 4) / width, down = (window.innerHeight - 140) / height;
  const scale = { full: 1, width: Math.min(1, across), whole: Math.min(1, across, down) }[at("size").value];
  svg.setAttribute("width", width * scale);
  svg.setAttribute("height", height * scale);
};

const draw = async (session, plan, version) => {
  const what = `${session} ${plan} ${version}`;
  if (what === drawn) return;
  if (!marks.length) at("picture").replaceChildren(made("p", "The graph is being laid out …"));
  const { svg, places, names } = await asked("picture", { session, plan });
  const picture = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  marks = places.map(([x, y, width, height], i) => {
    const frame = document.createElementNS(SVG, "rect");
    Object.entries({ x, y, width, height, rx: 5 }).forEach(([k, v]) => frame.setAttribute(k, v));
    const title = document.createElementNS(SVG, "title");
    const badge = document.createElementNS(SVG, "text");
    badge.setAttribute("x", x + width);
    badge.setAttribute("y", y + 1);
    badge.setAttribute("font-size", 10);
    badge.setAttribute("text-anchor", "end");
    frame.append(title);
    picture.append(frame, badge);
    return { frame, badge, title, id: names[i][0], name: names[i][1] };
  });
  at("picture").replaceChildren(document.importNode(picture, true));
  // The copies that are in the page now.
  const copies = [...at("picture").firstChild.children].slice(-2 * marks.length);
  marks.forEach((mark, i) => {
    [mark.frame, mark.badge] = copies.slice(2 * i, 2 * i + 2);
    mark.title = mark.frame.firstChild;
  });
  drawn = what;
  fit();
};

const paint = (states, variables) => {
  const versions = new Map(variables.map(([name, , , version]) => [name, version]));
  states.forEach(([state, waiting, processing, memory, erred, lost, runs, seconds], i) => {
    const { frame, badge, title, id, name } = marks[i];
    const version = state ? undefined : versions.get(id);
    const kind = state ? `state ${state}` : "";
    if (frame.getAttribute("class") !== kind) {
      frame.setAttribute("class", kind);
      frame.setAttribute("fill", state ? "" : "none");
    }
    badge.setAttribute("class", `badge ${state || "version"}`);
    if (version) badge.textContent = `v${version}`;
    else badge.textContent = processing + waiting > 1 ? `${count(processing)} of ${count(processing + waiting)}` : "";
    const facts = [
      [waiting, "waiting"], [processing, "processing"], [memory, "in memory"],
      [erred, "erred"], [lost, "lost"], [runs, "done"],
    ].filter(([n]) => n).map(([n, what]) => `${count(n)} ${what}`);
    if (seconds) facts.push(`${time(seconds)} in all`);
    if (version) facts.push(`version ${version}`);
    title.textContent = [name, ...facts].join("\n");
  });
};

// All of it

const show = async (data) => {
  at("empty").hidden = data.session !== null;
  at("shown").hidden = at("choices").hidden = data.session === null;
  at("address").textContent = data.address;
  fill(at("sessions"), data.sessions.map((s) => [s.session, sessionText(s)]), data.session);
  if (data.session === null) return;
  const plans = data.plans.map(([n, title, nodes, tasks, runs]) =>
    [n, `${title} — ${count(nodes)} nodes, ${count(tasks)} tasks, ${count(runs)} runs`]);
  fill(at("plans"), plans, data.plan);
  showNumbers(data.sessions.find((s) => s.session === data.session));
  table("variables", data.variables.map((row) => row.map(String)), [3]);
  at("more").textContent = data.more ? `and ${count(data.more)} more` : "";
  if (data.plan === null) {
    drawn = "";
    marks = [];
    table("busiest", [], []);
    at("picture").replaceChildren(made("p", "Nothing has run yet."));
    return;
  }
  table("busiest", data.busiest.map(([id, seconds, runs]) => [id, time(seconds), count(runs)]), [1, 2]);
  await draw(data.session, data.plan, data.version);
  if (marks.length === data.states.length) paint(data.states, data.variables);
};

const follow = async () => {
  try {
    if (!document.hidden) await show(await asked("now", chosen));
    at("note").textContent = "";
  } catch (error) {
    at("note").textContent = `the scheduler does not answer (${error.message})`;
  }
  setTimeout(follow, PAUSE);
};

at("sessions").addEventListener("change", (event) => {
  chosen.session = event.target.value;
  chosen.plan = "";
  event.target.blur();
});
at("plans").addEventListener("change", (event) => {
  chosen.session = at("sessions").value;
  chosen.plan = event.target.value;
  event.target.blur();
});
at("size").addEventListener("change", fit);
window.addEventListener("resize", fit);
follow();
