"use strict";
// Fetches the page anew and puts its <main> in place of the old one. A page
// that cannot be fetched is worse than none on a wall: then it says so.
(function () {
  var every = 1000 * Number(document.documentElement.dataset.refresh);
  var lost = document.getElementById("lost");
  var busy = false;

  function refresh() {
    if (busy || document.hidden) return;
    busy = true;
    var gone = new AbortController();
    var limit = setTimeout(function () { gone.abort(); }, 2 * every);
    fetch(location.href, { cache: "no-store", credentials: "same-origin", signal: gone.signal })
      .then(function (answer) { return answer.text(); })
      .then(function (text) {
        var page = new DOMParser().parseFromString(text, "text/html");
        var fresh = page.querySelector("main");
        if (!fresh) throw new Error("not the wall");
        document.querySelector("main").replaceWith(document.adoptNode(fresh));
        document.title = page.title;
        document.body.classList.remove("stale");
        lost.hidden = true;
      })
      .catch(function () {
        document.body.classList.add("stale");
        lost.hidden = false;
      })
      .then(function () {
        clearTimeout(limit);
        busy = false;
      });
  }

  setInterval(refresh, every);
  document.addEventListener("visibilitychange", refresh);
})();
