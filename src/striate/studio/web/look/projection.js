// @ts-check
/** Where a point of the stack of layers is on the screen: the arithmetic of CSS's 3-D transforms. */

/**
 * @typedef {object} Camera
 * @property {number} tilt degrees about the horizontal axis; negative looks from above
 * @property {number} spin degrees about the vertical axis
 * @property {number} zoom
 * @property {number} pan CSS pixels downwards
 * @property {number} perspective CSS pixels between eye and screen
 */

/** @param {number} degrees */
const radians = (degrees) => (degrees * Math.PI) / 180;

/**
 * The place on the screen, from the middle of it, of a point (x to the right, y down, z towards the
 * eye) of the scene.
 *
 * @param {[number, number, number]} point
 * @param {Camera} camera
 * @returns {{ x: number, y: number }}
 */
export function project([x, y, z], { tilt, spin, zoom, pan, perspective }) {
  const [sinSpin, cosSpin] = [Math.sin(radians(spin)), Math.cos(radians(spin))];
  const [sinTilt, cosTilt] = [Math.sin(radians(tilt)), Math.cos(radians(tilt))];
  const across = x * cosSpin + z * sinSpin;
  const near = z * cosSpin - x * sinSpin;
  const down = y * cosTilt - near * sinTilt;
  const depth = y * sinTilt + near * cosTilt;
  const factor = perspective / Math.max(perspective - depth * zoom, 1);
  return { x: across * zoom * factor, y: (down * zoom + pan) * factor };
}

/**
 * @param {Camera} camera
 * @returns {string} the transform of the scene in CSS
 */
export const sceneTransform = ({ tilt, spin, zoom, pan }) =>
  `translateY(${pan}px) scale3d(${zoom}, ${zoom}, ${zoom}) rotateX(${tilt}deg) rotateY(${spin}deg)`;

/**
 * The transform of a sheet that lies flat at a height: its own x stays, its y comes towards the eye.
 *
 * @param {number} height CSS pixels down from the middle of the scene
 */
export const sheetTransform = (height) =>
  `translate(-50%, -50%) translateY(${height}px) rotateX(90deg)`;
