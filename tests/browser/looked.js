// What can be told of a page by measuring it: contrast as WCAG has it, names, sizes.
(smallest) => {
  const parts = (colour) => [...colour.match(/[\d.]+/g).map(Number), 1].slice(0, 4);
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const linear = (share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const up = (element) => (element ? [element, ...up(element.parentElement)] : []);
  const style = (element) => getComputedStyle(element);
  const painted = (element) => up(element).some((e) => style(e).backgroundImage !== "none");
  const paper = (element) => up(element).map((e) => parts(style(e).backgroundColor))
    .reduceRight((under, top) => over(top, under), parts(style(document.documentElement).backgroundColor));
  const ink = (element) => {
    const [r, g, b, share] = parts(style(element).color);
    return over([r, g, b, up(element).reduce((all, e) => all * style(e).opacity, share)], paper(element));
  };
  const shown = (element) => element.checkVisibility();
  const named = (e) => e.textContent.trim() || e.getAttribute("aria-label") || (e.labels && e.labels.length);
  const words = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement, text = walk.currentNode.data.trim();
    if (!text || element.closest("script, style, option") || !shown(element) || painted(element)) continue;
    words.push([text.slice(0, 60), contrast(ink(element), paper(element))]);
  }
  const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
  return {
    paper: light(paper(document.body)),
    width: document.documentElement.scrollWidth,
    words,
    nameless: all("a, button, input, select, textarea, [role=img]").filter((e) => !named(e))
      .map((e) => e.outerHTML),
    small: all("button, select, summary, nav a").filter((e) => e.getBoundingClientRect().height < smallest)
      .map((e) => e.textContent),
  };
}
