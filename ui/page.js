// Opens the card of a citation without moving the page, where the evidence stands beside the answer.
// Without this file the links still work: a browser opens a <details> that holds the target of a link.
(() => {
  let last = null; // the citation that was followed last; Escape goes back to it

  const show = (card, link) => {
    card.open = true;
    last = link;
    const panel = card.closest(".rx-evidence");
    // The other cards close first; where this one stands is known after that.
    requestAnimationFrame(() => {
      const mark = card.querySelector("mark:not(.rx-context)") || card;
      const box = card.querySelector(".rx-text");
      box.scrollTop += mark.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
      if (getComputedStyle(panel).overflowY === "auto") {
        panel.scrollTop += card.getBoundingClientRect().top - panel.getBoundingClientRect().top - 8;
        mark.scrollIntoView({ block: "nearest" }); // the panel may reach below the window
      } else card.scrollIntoView({ block: "start" });
      card.querySelector("summary").focus({ preventScroll: true });
    });
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a.rx-cite, a.rx-back");
    if (!link) return;
    const target = document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    if (link.classList.contains("rx-cite")) return show(target.closest("details.rx-card"), link);
    const fold = target.closest("details");
    if (fold) fold.open = true;
    target.scrollIntoView({ block: "center" });
    target.focus({ preventScroll: true });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && last && event.target.closest && event.target.closest(".rx-evidence")) {
      last.scrollIntoView({ block: "nearest" });
      last.focus({ preventScroll: true });
    }
  });

  // The event does not bubble, so it is caught on its way down.
  document.addEventListener("toggle", (event) => {
    const card = event.target;
    if (!card.matches || !card.matches("details.rx-card")) return;
    const quote = "#" + card.id.replace("card", "quote");
    for (const link of document.querySelectorAll(`a.rx-cite[href="${quote}"]`))
      if (card.open) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
  }, true);
})();
