// A click on a header sorts its table; without it the page reads just as well.
for (const th of document.querySelectorAll("thead th")) {
  th.addEventListener("click", () => {
    const body = th.closest("table").tBodies[0], i = th.cellIndex;
    const down = th.getAttribute("aria-sort") !== "descending";
    for (const other of th.parentNode.cells) other.removeAttribute("aria-sort");
    th.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = row => row.cells[i].textContent.trim();
    const number = text => parseFloat(text.replace(/,/g, "").replace("−", "-"));
    const compare = (a, b) => {
      const x = number(value(a)), y = number(value(b));
      return isNaN(x) || isNaN(y) ? value(a).localeCompare(value(b)) : x - y;
    };
    const rows = [...body.rows].sort(compare);
    body.append(...(down ? rows.reverse() : rows));
  });
}
