/*
 * Nothing here is needed: every page works without it. It keeps pages up to date, copies what has a
 * button for that, tells early whether a name can be had, and closes the account menu the way people
 * expect.
 */
"use strict";

(() => {
  const IDLE_MS = 30 * 60 * 1000; // nobody there: let the session grow old

  let active = Date.now();
  for (const kind of ["pointerdown", "keydown", "scroll", "visibilitychange"])
    document.addEventListener(kind, () => (active = Date.now()), { passive: true });

  const isPicked = (node) => {
    const picked = getSelection();
    return picked && !picked.isCollapsed && picked.containsNode(node, true);
  };

  /* Makes a part equal to its newer self where they differ; what somebody uses right now waits. */
  const renew = (old, fresh) => {
    const parts = [...old.childNodes], news = [...fresh.childNodes];
    const isAlike = old.nodeName === fresh.nodeName && parts.length === news.length;
    if (!isAlike || !old.tagName) {
      if (old.isEqualNode(fresh) || old.contains(document.activeElement) || isPicked(old)) return;
      old.replaceWith(document.importNode(fresh, true));
      return;
    }
    for (const { name } of [...old.attributes])
      if (name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes)
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    parts.forEach((part, i) => renew(part, news[i]));
  };

  /* Lists of the same name stay open, wherever they stand by then. */
  const nameOf = (details) =>
    `${details.closest("[id]").id} ${details.closest("li")?.querySelector("h4")?.textContent}`;

  const renewBoard = (old, fresh) => {
    const id = old.id;
    const open = new Set([...old.querySelectorAll("details[open]")].map(nameOf));
    renew(old, fresh);
    for (const details of document.querySelectorAll(`#${id} details`))
      details.open = open.has(nameOf(details));
  };

  /* Looking on is no use of the session: an unattended page must not keep it alive. */
  const refresh = async (id, isAttended) => {
    const headers = isAttended ? {} : { "x-refresh": "1" };
    const answer = await fetch(location.href, { headers, redirect: "error" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const old = document.getElementById(id), fresh = page.getElementById(id);
    if (old && fresh) renewBoard(old, fresh);
  };

  const board = document.querySelector("[data-refresh]");
  if (board) {
    const id = board.id, every = Number(board.dataset.refresh) * 1000;
    let last = Date.now();
    const tick = () => {
      const now = Date.now();
      if (document.hidden || now - last < every || now - active > IDLE_MS) return;
      refresh(id, active > last).catch(() => {}); // the next round tries again
      last = now;
    };
    setInterval(tick, 1000);
    document.addEventListener("visibilitychange", tick);
  }

  /* A text beside the button; or one that is fetched, such as a paste without its line numbers. */
  const textAt = async (href) => {
    const answer = await fetch(href);
    if (!answer.ok) throw new Error(answer.status);
    return answer.text();
  };
  for (const button of document.querySelectorAll("[data-copy], [data-copy-from]")) {
    const words = button.textContent, { copy, copyFrom } = button.dataset;
    const source = document.getElementById(copy);
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(source ? source.textContent : await textAt(copyFrom));
        button.textContent = "Copied";
      } catch {
        if (source) getSelection().selectAllChildren(source); // one keystroke is left to do
        else button.textContent = "Not copied";
      }
      setTimeout(() => (button.textContent = words), 2000);
    });
  }

  /* Says while a name is typed whether it can be had; the server asks again when it is sent. */
  for (const field of document.querySelectorAll("[data-check]")) {
    const words = document.querySelector(`[data-problem="${field.id}"]`);
    let wait, turn = 0;
    const say = (problem) => {
      words.textContent = problem ?? "";
      words.hidden = !problem;
      if (problem) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
      field.closest(".field").classList.toggle("is-wrong", !!problem);
    };
    const check = async (mine) => {
      const query = new URLSearchParams({ [field.name]: field.value });
      const answer = await fetch(`${field.dataset.check}?${query}`);
      if (!answer.ok) return;
      const { problem } = await answer.json();
      if (mine === turn) say(problem); // else something else stands there by now
    };
    field.addEventListener("input", () => {
      const mine = ++turn;
      clearTimeout(wait);
      if (!field.value) return say();
      wait = setTimeout(() => check(mine).catch(() => {}), 300); // unanswered: it is told later
    });
  }

  const menu = document.getElementById("account-menu");
  if (menu) {
    document.addEventListener("click", (e) => {
      if (!menu.contains(e.target)) menu.open = false;
    });
    menu.addEventListener("keydown", (e) => {
      if (e.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
})();
