import type { Category } from "../../viewModel.ts";

/** Draws the sign of a class centred at a point: each has a form of its own, so that colour is never needed. */
export function drawGlyph(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  category: Category,
  x: number,
  y: number,
  size: number,
  color: string,
  background: string,
): void {
  const r = size / 2;
  context.fillStyle = color;
  context.strokeStyle = color;
  context.lineWidth = Math.max(1, size / 6);
  context.beginPath();
  switch (category) {
    case "transfer":
      context.arc(x, y, r * 0.7, 0, 2 * Math.PI);
      context.fill();
      return;
    case "grant":
      context.fillRect(x - r * 0.8, y - r * 0.8, r * 1.6, r * 1.6);
      return;
    case "revoke":
      context.fillStyle = background;
      context.rect(x - r * 0.75, y - r * 0.75, r * 1.5, r * 1.5);
      context.fill();
      context.stroke();
      return;
    case "invalidate":
      context.moveTo(x - r * 0.7, y - r * 0.7);
      context.lineTo(x + r * 0.7, y + r * 0.7);
      context.moveTo(x + r * 0.7, y - r * 0.7);
      context.lineTo(x - r * 0.7, y + r * 0.7);
      context.stroke();
      return;
    case "fault":
      context.moveTo(x, y - r);
      context.lineTo(x + r, y + r * 0.9);
      context.lineTo(x - r, y + r * 0.9);
      context.fill();
      return;
    case "stale":
      context.moveTo(x, y + r);
      context.lineTo(x + r, y - r * 0.9);
      context.lineTo(x - r, y - r * 0.9);
      context.fill();
      return;
    case "setup":
      context.moveTo(x, y - r);
      context.lineTo(x + r, y);
      context.lineTo(x, y + r);
      context.lineTo(x - r, y);
      context.fill();
      return;
    case "service":
      context.fillRect(x - r * 0.3, y - r, r * 0.6, r * 2);
      context.fillRect(x - r, y - r * 0.3, r * 2, r * 0.6);
      return;
    case "client":
      context.arc(x, y, r * 0.7, 0, 2 * Math.PI);
      context.stroke();
      return;
    case "note":
      context.fillRect(x - r * 0.8, y - r * 0.2, r * 1.6, r * 0.4);
      return;
  }
}
