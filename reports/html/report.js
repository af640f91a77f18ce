// The list of checks: filters that live in the address, rows made as they are scrolled to, details as they are opened.
// Texts become text nodes. Only the details, which were escaped when the page was made, are parsed as markup.
(() => {
  const find = (id) => document.getElementById(id);
  const data = JSON.parse(find("index").textContent);
  const list = find("list"), form = find("filters"), state = find("state"), more = find("more"), said = find("said");
  const FILTERS = ["q", "area", "support", "feature", "requirement", "verdict"], CHUNK = 60, PRINTED = 2000;
  const [SCENARIO, NAME, VERDICT, KIND, PROVES, WHY, TEXT] = [0, 1, 2, 3, 4, 5, 6];

  // What can be searched, in lower case; statements and scenarios once.
  const low = (...texts) => texts.join("\n").toLowerCase();
  const statements = data.requirements.map((one) => low(...one));
  const stories = data.scenarios.map(([id, title, area, support, features, why]) => low(id, title, area, support, ...features, why));
  const rows = data.checks.map((row, place) => ({
    place, row, id: `${data.scenarios[row[SCENARIO]][0]}/${row[NAME]}`, scenario: data.scenarios[row[SCENARIO]],
    text: low(row[NAME], row[VERDICT], row[KIND], row[WHY], row[TEXT]),
  }));
  const byId = new Map(rows.map((one) => [one.id, one]));
  const made = new Map([...list.querySelectorAll(".check")].map((element) => [Number(element.dataset.row), element]));
  let details = null, shown = [], drawn = 0, wanted = {};
  for (const row of made.values()) fill(row);

  function words(place) {
    details ??= JSON.parse(find("details").textContent);
    const row = rows[place].row, [outcome, evidence] = details.checks[place];
    return [outcome, ...row[PROVES].map((one) => details.requirements[one]), evidence, details.scenarios[row[SCENARIO]]].join("");
  }

  function element(one) {
    if (made.has(one.place)) return made.get(one.place);
    const [scenario, name, verdict, , , why] = one.row;
    const row = find("row").content.firstElementChild.cloneNode(true);
    row.id = `check=${one.id}`;
    row.classList.add(verdict);
    row.dataset.row = one.place;
    const chip = row.querySelector(".chip");
    chip.classList.add(verdict);
    chip.textContent = verdict;
    row.querySelector(".scenario").textContent = `${data.scenarios[scenario][0]}/`;
    row.querySelector("b").textContent = name;
    row.querySelector(".about").textContent = data.scenarios[scenario][1];
    row.querySelector(".why").textContent = why;
    made.set(one.place, row);
    return row;
  }

  function fill(row) {
    const body = row.querySelector(".body");
    if (!body.firstChild) body.innerHTML = words(Number(row.dataset.row));
    for (const code of body.querySelectorAll(".code:not(:has(.copy))")) code.append(copier(code.dataset.copy));
  }

  function copier(label) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "button copy", textContent: "Copy" });
    button.setAttribute("aria-label", `Copy: ${label}`);
    return button;
  }

  // The address, and what it asks for.
  function read() {
    const given = new URLSearchParams(location.hash.slice(1)), found = {};
    for (const name of [...FILTERS, "check"]) if (given.get(name)) found[name] = given.get(name);
    return found;
  }

  function write() {
    const kept = new URLSearchParams();
    for (const name of [...FILTERS, "check"]) if (wanted[name]) kept.set(name, wanted[name]);
    const text = kept.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  }

  function matches() {
    const verdicts = wanted.verdict ? new Set(wanted.verdict.split(",")) : null;
    const terms = (wanted.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const hits = terms.map((term) => ({
      term, statements: new Set(statements.flatMap((text, place) => text.includes(term) ? [place] : [])),
      stories: stories.map((text) => text.includes(term)),
    }));
    const requirement = wanted.requirement ? data.requirements.findIndex(([id]) => id === wanted.requirement) : null;
    return rows.filter(({ row, scenario, text }) =>
      (!verdicts || verdicts.has(row[VERDICT]))
      && (!wanted.area || scenario[2] === wanted.area)
      && (!wanted.support || scenario[3] === wanted.support)
      && (!wanted.feature || scenario[4].includes(wanted.feature))
      && (requirement === null || row[PROVES].includes(requirement))
      && hits.every((hit) => text.includes(hit.term) || hit.stories[row[SCENARIO]] || row[PROVES].some((one) => hit.statements.has(one))));
  }

  function draw(until) {
    const end = Math.min(shown.length, until);
    if (end > drawn) list.append(...shown.slice(drawn, end).map(element));
    drawn = Math.max(drawn, end);
    more.hidden = drawn >= shown.length;
    more.textContent = `${(shown.length - drawn).toLocaleString("en")} more, shown as you scroll`;
  }

  function show() {
    shown = matches();
    const target = wanted.check && byId.get(wanted.check);
    if (target && !shown.includes(target)) shown = [target, ...shown];
    else if (target && shown.indexOf(target) >= CHUNK) shown = [target, ...shown.filter((one) => one !== target)];
    list.replaceChildren();
    drawn = 0;
    draw(CHUNK);
    const filtered = FILTERS.some((name) => wanted[name]);
    state.textContent = shown.length === rows.length
      ? `${rows.length.toLocaleString("en")} checks, what failed first` : `${shown.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} checks`;
    find("clear").hidden = !filtered;
    for (const name of FILTERS.slice(0, 5)) if (form.elements[name].value !== (wanted[name] ?? "")) form.elements[name].value = wanted[name] ?? "";
    const pressed = (wanted.verdict ?? "").split(",");
    for (const button of form.querySelectorAll(".verdict")) button.setAttribute("aria-pressed", String(pressed.includes(button.value)));
  }

  function open(id) {
    const target = byId.get(id);
    if (!target) return false;
    const row = element(target);
    fill(row);
    row.open = true;
    row.querySelector("summary").focus({ preventScroll: true });
    stay(row);
    return true;
  }

  // Rows that are far off are not laid out: their heights are guesses, and what stands below moves as they are seen,
  // or as the browser scrolls to where the reader was. So go there until nothing moves, unless the reader does.
  let staying = 0;
  function stay(row) {
    const turn = ++staying;
    let still = 0, before = NaN, looks = 0;
    const look = () => {
      if (turn !== staying || (looks += 1) > 120) return;
      row.scrollIntoView({ block: "start", behavior: "instant" });
      still = scrollY === before ? still + 1 : 0;
      before = scrollY;
      if (still < 10) requestAnimationFrame(look);
    };
    look();
  }
  for (const moved of ["wheel", "touchstart", "keydown", "pointerdown"]) addEventListener(moved, () => { staying += 1; }, { passive: true });

  function arrive() {
    const before = wanted;
    wanted = read();
    if (location.hash && !Object.keys(wanted).length) { wanted = before; return; } // a section of the page
    history.scrollRestoration = wanted.check ? "manual" : "auto"; // the check is the place, not where it was
    show();
    if (wanted.check ? !open(wanted.check) : Object.keys(wanted).length) find("checks").scrollIntoView({ behavior: "instant" });
  }

  function change(name, value) {
    wanted = { ...wanted, [name]: value };
    delete wanted.check;
    write();
    show();
  }

  // Choices of the filters, with how many checks each has.
  function choices(name, texts) {
    const counts = new Map();
    for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
    const names = [...counts.keys()];
    if (name !== "area" && name !== "support") names.sort();
    form.elements[name].append(...names.map((text) => new Option(`${text} (${counts.get(text)})`, text)));
  }
  choices("area", rows.map((one) => one.scenario[2]));
  choices("support", rows.map((one) => one.scenario[3]));
  choices("feature", rows.flatMap((one) => one.scenario[4]));
  choices("requirement", rows.flatMap((one) => one.row[PROVES].map((place) => data.requirements[place][0])));
  form.hidden = false;

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => { if (FILTERS.includes(event.target.name)) change(event.target.name, event.target.value); });
  form.addEventListener("click", (event) => {
    const button = event.target.closest(".verdict");
    if (!button) return;
    const chosen = new Set((wanted.verdict ?? "").split(",").filter(Boolean));
    if (!chosen.delete(button.value)) chosen.add(button.value);
    change("verdict", [...chosen].join(","));
  });
  find("clear").addEventListener("click", () => { wanted = {}; write(); show(); form.elements.q.focus(); });

  list.addEventListener("toggle", (event) => { if (event.target.matches(".check") && event.target.open) fill(event.target); }, true);
  list.addEventListener("click", (event) => {
    const summary = event.target.closest(".check > summary");
    if (!summary) return;
    const one = rows[Number(summary.parentElement.dataset.row)];
    if (!summary.parentElement.open) wanted = { ...wanted, check: one.id };
    else if (wanted.check === one.id) delete wanted.check;
    write();
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !event.target.matches(".check > summary")) return;
    const row = event.target.parentElement;
    const next = step > 0 ? row.nextElementSibling : row.previousElementSibling;
    if (!next) return;
    event.preventDefault();
    next.querySelector("summary").focus();
  });

  // Copy buttons, wherever they come from.
  async function copy(text) {
    try { await navigator.clipboard.writeText(text); return true; } catch { /* not allowed here: the old way */ }
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".copy");
    if (!button) return;
    const done = await copy(button.parentElement.querySelector("pre").textContent);
    button.textContent = said.textContent = done ? "Copied" : "Press Ctrl+C";
    button.focus();
    setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
  });

  new IntersectionObserver((entries) => { if (entries.some((one) => one.isIntersecting)) draw(drawn + CHUNK); }, { rootMargin: "600px" }).observe(more);
  addEventListener("beforeprint", () => draw(PRINTED));
  addEventListener("hashchange", arrive);
  arrive();
  // Browsers go to the address's element when all is loaded, and take the focus from where it is.
  addEventListener("load", () => { if (wanted.check) requestAnimationFrame(() => open(wanted.check)); });
})();
