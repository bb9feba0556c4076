"use strict";
(() => {
  // Colours: the style sheet does it, this only remembers.
  const remember = (key, value) => {
    try {
      if (value === undefined) return localStorage.getItem(key);
      localStorage.setItem(key, value);
    } catch {
      // A browser may keep nothing for files.
    }
    return null;
  };
  const kept = remember("promptune-colours");
  for (const choice of document.querySelectorAll('input[name="theme"]')) {
    if (choice.value === kept) choice.checked = true;
    choice.addEventListener("change", () => remember("promptune-colours", choice.value));
  }

  const money = (amount, decimals) =>
    "$" + amount.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  const exact = (amount) => money(amount, amount > 0 && amount < 0.1 ? 4 : 2);
  const legend = [...document.querySelectorAll(".legend input")];
  const names = legend.map((it) => it.parentElement.querySelector(".name").textContent);
  const shown = (rect) => legend[Number(rect.dataset.series)].checked;
  const cost = (rect) => Number(rect.dataset.cost);

  // As in chart.rs.
  const scale = (most) => {
    if (most <= 0) return [1, 1];
    const rough = most / 4;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].find((it) => it * power >= rough) * power;
    const steps = [1, 2, 3, 4, 5].find((it) => it * step >= most) ?? 5;
    return [steps * step, step];
  };

  const stack = (figure) => {
    const slots = [...figure.querySelectorAll(".slot")].map((slot) => [...slot.querySelectorAll("[data-cost]")]);
    const sums = slots.map((bars) => bars.filter(shown).reduce((sum, bar) => sum + cost(bar), 0));
    const [top, step] = scale(Math.max(0, ...sums));
    for (const bars of slots) {
      let below = 0;
      for (const bar of bars) {
        const height = shown(bar) ? (cost(bar) / top) * 100 : 0;
        below += height;
        bar.setAttribute("y", 100 - below + "%");
        bar.setAttribute("height", height + "%");
      }
    }
    const ticks = [];
    for (let at = 0; at <= Math.round(top / step); at += 1) {
      const tick = document.createElement("span");
      tick.style.bottom = ((at * step) / top) * 100 + "%";
      tick.append(document.createElement("b"));
      tick.firstChild.textContent = money(at * step, step >= 1 && Number.isInteger(step) ? 0 : step < 0.01 ? 4 : 2);
      ticks.push(tick);
    }
    figure.querySelector(".ticks").replaceChildren(...ticks);
  };

  const read = (figure, slot) => {
    for (const other of figure.querySelectorAll(".slot.on")) other.classList.remove("on");
    const out = figure.querySelector(".readout");
    out.replaceChildren();
    if (!slot) return;
    slot.classList.add("on");
    const bars = [...slot.querySelectorAll("[data-cost]")].filter(shown);
    const word = (kind, text) => {
      const it = document.createElement("span");
      it.className = kind;
      it.textContent = text;
      out.append(it, " ");
    };
    word("when", slot.dataset.label);
    word("sum", exact(bars.reduce((sum, bar) => sum + cost(bar), 0)));
    for (const bar of bars.reverse()) {
      word("part s" + bar.dataset.series, names[Number(bar.dataset.series)] + " " + exact(cost(bar)));
    }
  };

  for (const figure of document.querySelectorAll("figure.time")) {
    const slots = [...figure.querySelectorAll(".slot")];
    const plot = figure.querySelector(".plot");
    slots.forEach((slot) => slot.addEventListener("pointerenter", () => read(figure, slot)));
    plot.addEventListener("keydown", (event) => {
      const at = slots.findIndex((slot) => slot.classList.contains("on"));
      const last = slots.length - 1;
      const keys = {
        ArrowRight: Math.min(at + 1, last),
        ArrowLeft: at < 0 ? last : Math.max(at - 1, 0),
        Home: 0,
        End: last,
      };
      if (!(event.key in keys)) return;
      event.preventDefault();
      read(figure, slots[keys[event.key]]);
    });
    for (const box of legend) {
      box.addEventListener("change", () => {
        stack(figure);
        const on = figure.querySelector(".slot.on");
        if (on) read(figure, on);
      });
    }
    // A page that is loaded again keeps its boxes as they were.
    if (!legend.every((box) => box.checked)) stack(figure);
  }
  document.documentElement.classList.add("scripted");
})();
