/*
 * Nothing here is needed: the form of pics uploads without it. It takes pictures that are dropped or
 * pasted, sends one after the other and shows how far each is.
 */
"use strict";

(() => {
  const form = document.querySelector("[data-upload]");
  if (!form) return;
  const input = form.querySelector("input[type=file]"), list = form.querySelector("[data-uploads]");
  const button = form.querySelector("button"), drop = form.querySelector(".drop");
  const most = Number(form.dataset.upload);
  let isSending = false;

  form.querySelector("[data-drop]").hidden = false;

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const bytes = (n) =>
    n < 1e6 ? `${Math.max(1, Math.round(n / 1e3))} kB` : `${(n / 1e6).toFixed(1)} MB`;

  /* A line for each picture that is chosen. */
  const show = () => {
    list.replaceChildren(
      ...[...input.files].map((file) => {
        const line = element("li", "", "uploading");
        line.append(element("span", file.name), " ", element("span", bytes(file.size), "aside"));
        return line;
      }),
    );
  };
  input.addEventListener("change", show);

  const add = (files) => {
    const all = new DataTransfer();
    for (const file of [...input.files, ...files]) all.items.add(file);
    input.files = all.files;
    show();
  };

  const picturesOf = (data) => [...data.files].filter((file) => file.type.startsWith("image/"));

  document.addEventListener("dragover", (e) => {
    if (!e.dataTransfer.types.includes("Files")) return;
    e.preventDefault();
    drop.classList.add("is-over");
  });
  document.addEventListener("dragleave", (e) => {
    if (!e.relatedTarget) drop.classList.remove("is-over");
  });
  document.addEventListener("drop", (e) => {
    drop.classList.remove("is-over");
    if (!e.dataTransfer.files.length) return;
    e.preventDefault();
    if (!isSending) add(e.dataTransfer.files);
  });
  document.addEventListener("paste", (e) => {
    const files = picturesOf(e.clipboardData);
    if (files.length && !isSending) add(files);
  });

  /* What the server says of one picture: where it is, or why it was not stored. */
  const read = (request) => {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      /* an error page: no words for us in there */
    }
    if (answer.pictures?.length) return { id: answer.pictures[0].id };
    const error = answer.refused?.[0]?.error ?? answer.error;
    if (error) return { error };
    if (request.status === 401) return { error: "You are signed out. Sign in again, then repeat it." };
    if (request.status === 413) return { error: "It is too large." };
    return { error: "It was not taken. Load the page again and repeat it." };
  };

  const send = (file, line) =>
    new Promise((resolve) => {
      const data = new FormData(form), request = new XMLHttpRequest();
      const bar = element("progress");
      bar.max = 1;
      bar.value = 0;
      bar.setAttribute("aria-label", file.name);
      line.append(bar);
      data.delete(input.name);
      data.append(input.name, file);
      request.upload.addEventListener("progress", (e) => {
        if (e.lengthComputable && e.loaded < e.total) bar.value = e.loaded / e.total;
        else bar.removeAttribute("value"); // it is there, and being worked on
      });
      request.addEventListener("load", () => resolve(read(request)));
      request.addEventListener("error", () =>
        resolve({ error: "The connection was lost. Repeat it." }),
      );
      request.open("POST", form.action);
      request.setRequestHeader("accept", "application/json");
      request.send(data);
    }).then((result) => {
      line.querySelector("progress").remove();
      return result;
    });

  const tell = (line, { id, error }) => {
    line.classList.add(error ? "is-refused" : "is-stored");
    const words = element("span", error ? ` ${error}` : " stored: ");
    if (!error) {
      const link = element("a", "look at it");
      link.href = `/${id}`;
      words.append(link);
    }
    line.append(words);
  };

  const take = async (file, line) => {
    if (file.size > most) return { error: `It is larger than ${bytes(most)}.` };
    return send(file, line);
  };

  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    if (isSending) return;
    show();
    const files = [...input.files], lines = [...list.children], results = [];
    isSending = button.disabled = true;
    for (const [i, file] of files.entries()) {
      results.push(await take(file, lines[i]));
      tell(lines[i], results[i]);
    }
    isSending = button.disabled = false;
    if (results.some(({ error }) => error)) {
      input.value = "";
      return;
    }
    location.href =
      results.length === 1 ? `/${results[0].id}?done=stored` : `/pictures?done=stored&n=${results.length}`;
  });
})();
