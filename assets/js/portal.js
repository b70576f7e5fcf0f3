/*
 * Nothing here is needed: every page works without it. It keeps the dashboard up to date, copies what
 * has a button for that, and closes the account menu the way people expect.
 */
"use strict";

(() => {
  const IDLE_MS = 30 * 60 * 1000; // nobody there: let the session grow old

  let active = Date.now();
  for (const kind of ["pointerdown", "keydown", "scroll", "visibilitychange"])
    document.addEventListener(kind, () => (active = Date.now()), { passive: true });

  /* Replaces the part with its newer self, unless somebody is using it right now. */
  const replace = (old, fresh) => {
    const picked = getSelection();
    if (old.contains(document.activeElement)) return;
    if (picked && !picked.isCollapsed && old.contains(picked.anchorNode)) return;
    const open = [...old.querySelectorAll("details")].map((d) => d.open);
    const next = [...fresh.querySelectorAll("details")];
    if (next.length === open.length) next.forEach((d, i) => (d.open = open[i]));
    old.replaceWith(document.importNode(fresh, true));
  };

  const refresh = async (id) => {
    const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const old = document.getElementById(id), fresh = page.getElementById(id);
    if (old && fresh) replace(old, fresh);
  };

  const board = document.querySelector("[data-refresh]");
  if (board) {
    const id = board.id, every = Number(board.dataset.refresh) * 1000;
    let last = Date.now();
    const tick = () => {
      const now = Date.now();
      if (document.hidden || now - last < every || now - active > IDLE_MS) return;
      last = now;
      refresh(id).catch(() => {}); // the page says how old it is; the next round tries again
    };
    setInterval(tick, 1000);
    document.addEventListener("visibilitychange", tick);
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    const words = button.textContent, source = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(source); // one keystroke is left to do
      }
      setTimeout(() => (button.textContent = words), 2000);
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
