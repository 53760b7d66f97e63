// Keeps the figures of a page up while it is open. Without it the page is made anew every half minute, and says the same.
"use strict";

(() => {
  const body = document.body;
  const address = body.dataset.live;
  if (!address || !window.EventSource) return;
  // It says something every ten seconds at least.
  const silentMax = 25000;
  // A browser asks again by itself after a lost connection, and not after a refusal: a gateway that is busy or that starts.
  const againAfter = 5000;
  let heard = Date.now();
  let fetching = false;

  const say = (text, isLive) => {
    const state = document.getElementById("live-state");
    if (!state) return;
    if (state.textContent !== text) state.textContent = text;
    state.classList.toggle("good", isLive);
    state.classList.toggle("warn", !isLive);
  };

  const show = cells => {
    for (const [key, [text, level]] of Object.entries(cells)) {
      for (const cell of document.querySelectorAll(`[data-cell="${CSS.escape(key)}"]`)) {
        cell.textContent = text;
        if (level >= 0) cell.className = `heat heat-${level}`;
      }
      for (const mark of document.querySelectorAll(`[data-shown-with="${CSS.escape(key)}"]`)) mark.hidden = text === "";
      for (const mark of document.querySelectorAll(`[data-shown-unless="${CSS.escape(key)}"]`)) mark.hidden = text !== "";
    }
  };

  // What a stream cannot say in figures: rows came or went. Whoever has a control of it in hand keeps it.
  const anew = async () => {
    if (fetching) return;
    fetching = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [old, fresh] = [document.getElementById("live"), page.getElementById("live")];
      const focused = document.activeElement?.getAttribute("href");
      old.replaceWith(fresh);
      if (focused) fresh.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
    } catch {
      // The stream comes again, and says it again.
    } finally {
      fetching = false;
    }
  };

  const follow = () => {
    const source = new EventSource(address);
    source.addEventListener("cells", event => {
      heard = Date.now();
      show(JSON.parse(event.data));
      say(body.dataset.liveOn, true);
    });
    source.addEventListener("anew", anew);
    source.addEventListener("error", () => {
      say(body.dataset.liveOff, false);
      if (source.readyState === EventSource.CLOSED) setTimeout(follow, againAfter);
    });
  };
  follow();
  setInterval(() => {
    if (Date.now() - heard > silentMax) say(body.dataset.liveOff, false);
  }, 1000);
})();
