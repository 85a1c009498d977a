// Marks of what changes within a text.

const ELEMENTS = { gone: 'del', new: 'ins' };

/**
 * Returns the nodes that show the pieces. Of a text that goes on, what is missing at the end is
 * held back, as a rule.
 */
export function marked(pieces, goesOn) {
  return pieces.map(({ change, text }, index) => {
    const isHeld = goesOn && change === 'gone' && index === pieces.length - 1;
    const element = ELEMENTS[change];
    if (!element) return document.createTextNode(text);
    const mark = document.createElement(isHeld ? 'span' : element);
    if (isHeld) mark.className = 'held';
    mark.textContent = text;
    return mark;
  });
}
