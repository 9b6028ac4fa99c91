"use strict";
(() => {
  const MOST = 40;
  const box = document.getElementById("search");
  const list = document.getElementById("found");
  const tally = document.getElementById("tally");
  let entries = null;
  let chosen = -1;

  // The index of a large org is megabytes: it comes when somebody wants to search.
  const load = () => {
    load.done ??= new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = "search-index.js";
      script.addEventListener("load", resolve);
      document.head.append(script);
    }).then(() => {
      entries = [];
      for (const [label, name, file, fields] of globalThis.zohohubSearchIndex) {
        entries.push(entry(label, name, "module", file, -1));
        for (const [own, api, anchor] of fields) {
          entries.push(entry(own, api, label, `${file}#${anchor ?? `field-${api}`}`, 0));
        }
      }
      show();
    });
    return load.done;
  };

  const entry = (label, name, where, address, bonus) => ({
    label, name, where, address, bonus, low: label.toLowerCase(), api: name.toLowerCase(),
  });

  const rank = (text, wanted) => {
    const at = text.indexOf(wanted);
    if (at < 0) return 9;
    if (at === 0) return text.length === wanted.length ? 0 : 2;
    return /[\s_.-]/.test(text[at - 1]) ? 4 : 6;
  };

  const search = (wanted) => {
    const found = [];
    for (const each of entries) {
      const best = Math.min(rank(each.low, wanted), rank(each.api, wanted));
      if (best < 9) found.push([best + each.bonus, each]);
    }
    // Sorting is stable: within a rank, the order of the dictionary stays.
    found.sort((left, right) => left[0] - right[0]);
    return found.map((each) => each[1]);
  };

  const show = () => {
    const wanted = box.value.trim().toLowerCase();
    list.replaceChildren();
    choose(-1);
    if (!wanted || entries === null) return close();
    const found = search(wanted);
    for (const [number, each] of found.slice(0, MOST).entries()) {
      const item = document.createElement("li");
      item.id = `found-${number}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.dataset.address = each.address;
      item.append(part("span", each.label), part("span", each.where, "where"), part("code", each.name));
      list.append(item);
    }
    const words = found.length === 0 ? "Nothing is called so."
      : found.length > MOST ? `The first ${MOST} of ${found.length}.` : "";
    if (words) {
      const item = part("li", words, "nothing");
      item.setAttribute("role", "presentation");
      list.append(item);
    }
    tally.textContent = `${found.length} found`;
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
    if (found.length) choose(0);
  };

  const part = (tag, text, name) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (name) made.className = name;
    return made;
  };

  const options = () => list.querySelectorAll('[role="option"]');

  const choose = (number) => {
    const all = options();
    all[chosen]?.setAttribute("aria-selected", "false");
    chosen = number;
    const item = all[number];
    if (!item) return box.removeAttribute("aria-activedescendant");
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", item.id);
  };

  const close = () => {
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };

  const go = (item) => {
    close();
    location.href = item.dataset.address;
  };

  box.parentElement.hidden = false;
  box.addEventListener("focus", load);
  box.addEventListener("input", () => (entries === null ? load() : show()));
  box.addEventListener("keydown", (event) => {
    const all = options();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (all.length) choose((chosen + step + all.length) % all.length);
    } else if (event.key === "Enter" && !list.hidden && all[chosen]) {
      go(all[chosen]);
    } else if (event.key === "Escape") {
      if (list.hidden) box.blur();
      close();
    } else {
      return;
    }
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const item = event.target.closest('[role="option"]');
    if (item) go(item);
  });
  box.addEventListener("blur", close);
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName ?? "");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });
})();
