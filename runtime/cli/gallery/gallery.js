"use strict";
// Search, theme and keys of the gallery. The search finds what `rotifer doc WORD` finds, and parts of words where that is nothing.
(() => {
  const root = document.documentElement;
  const kept = { get: () => { try { return localStorage.getItem("theme"); } catch { return null; } },
                 set: (v) => { try { localStorage.setItem("theme", v); } catch { /* the choice lasts for this page */ } } };
  if (kept.get()) root.dataset.theme = kept.get();
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.getElementById("theme").addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    kept.set(root.dataset.theme);
  });

  const box = document.getElementById("q");
  const all = document.getElementById("all");
  const found = document.getElementById("found");
  const count = document.getElementById("count");

  const words = (text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  // 0: its id, or its name elsewhere; 1: a part of such a name; 2: a word of its summary; 3: letters of one of them.
  const match = (op, word) => {
    if (op.id.toLowerCase() === word) return [0, ""];
    let best = [9, ""];
    const better = (rank, why) => { if (rank < best[0]) best = [rank, why]; };
    for (const [library, name] of op.names) {
      const lower = name.toLowerCase();
      const last = lower.split(".").pop();
      if (lower === word || last === word) better(0, `${name} in ${library}`);
      else if (last.split("_").includes(word)) better(1, `${name} in ${library}`);
    }
    if (words(op.id).includes(word)) better(1, "");
    if (words(op.summary).includes(word)) better(2, "");
    if (op.id.includes(word) || op.summary.toLowerCase().includes(word)) better(3, "");
    if (op.names.some(([, name]) => name.toLowerCase().includes(word))) {
      const [library, name] = op.names.find(([, name]) => name.toLowerCase().includes(word));
      better(3, `${name} in ${library}`);
    }
    return best;
  };
  const search = (text) => {
    const trimmed = text.trim().toLowerCase().replace(/^(skimage|cle)\./, "");
    const parts = trimmed.split(/\s+/);
    const rank = (op) => {
      const each = parts.map((part) => match(op, part));
      const joined = match(op, parts.join("_"));
      const worst = each.reduce((a, b) => (b[0] > a[0] ? b : a));
      return joined[0] < worst[0] ? joined : worst;
    };
    const ranked = window.rotifer.map((op) => [op, ...rank(op)]).filter(([, rank]) => rank < 9);
    const least = Math.min(...ranked.map(([, rank]) => rank));
    // A name that is meant exactly hides what only resembles it.
    return ranked.filter(([, rank]) => (least === 0 ? rank === 0 : least === 3 || rank < 3)).sort((a, b) => a[1] - b[1]);
  };

  const show = () => {
    const text = box.value;
    const empty = text.trim() === "";
    all.hidden = !empty;
    found.hidden = count.hidden = empty;
    found.replaceChildren();
    if (empty) return;
    const hits = search(text);
    count.textContent = hits.length === 0 ? "No function is found by this." : `${hits.length} found`;
    for (const [op, , why] of hits) {
      const link = document.createElement("a");
      link.href = op.page;
      link.dataset.id = op.id;
      let picture;
      if (op.picture) {
        picture = document.createElement("img");
        picture.src = op.picture;
        picture.alt = "";
      } else {
        picture = document.createElement("span");
        picture.className = "none";
        picture.textContent = "123";
      }
      const name = document.createElement("b");
      name.textContent = op.id;
      const line = document.createElement("span");
      line.textContent = why || op.summary.replaceAll("`", "");
      if (why) line.className = "why";
      link.append(picture, name, line);
      const item = document.createElement("li");
      item.append(link);
      found.append(item);
    }
  };

  if (all) {
    box.value = new URLSearchParams(location.search).get("q") ?? "";
    box.addEventListener("input", () => {
      show();
      history.replaceState(null, "", box.value ? `?q=${encodeURIComponent(box.value)}` : location.pathname);
    });
    box.form.addEventListener("submit", (event) => {
      event.preventDefault();
      found.querySelector("a")?.click();
    });
    show();
  }

  // `/` searches, Escape ends that, arrows go through what is found or from page to page.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = document.activeElement === box;
    if (event.key === "/" && !typing) {
      event.preventDefault();
      box.select();
    } else if (event.key === "Escape" && typing) {
      box.value = "";
      if (all) show();
      box.blur();
    } else if (all && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const links = [...(found.hidden ? all : found).querySelectorAll(".cards a, a[data-id]")];
      const at = links.indexOf(document.activeElement);
      if (!typing && at < 0) return;
      event.preventDefault();
      const next = links[at + (event.key === "ArrowDown" ? 1 : -1)];
      (next ?? box).focus();
    } else if (!all && document.activeElement === document.body && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      document.querySelector(`[rel="${event.key === "ArrowLeft" ? "prev" : "next"}"]`)?.click();
    }
  });
})();
