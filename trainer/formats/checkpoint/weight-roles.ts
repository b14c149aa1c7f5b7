/**
 * What a weight does in its network, told by its canonical name: for those that choose first values.
 */

/** `scale` and `shift` belong to a norm; `residual-end`: the last layer of a residual branch; `matrix`: any other layer. */
export type WeightRole =
  'scale' | 'shift' | 'bias' | 'tokens' | 'positions' | 'residual-end' | 'unet-output' | 'matrix';

const NORM = /\b(norm\d?|group_norm|conv_norm_out|layer_norm\d|final_layer_norm)\.(weight|bias)$/;
const RESIDUAL_END = /\b(conv2|to_out\.0|ff\.net\.2|proj_out|out_proj|fc2)\.weight$/;

/** @param name  with its part: `unet/conv_in.weight` */
export function weightRole(name: string): WeightRole {
  if (NORM.test(name)) return name.endsWith('.weight') ? 'scale' : 'shift';
  if (name.endsWith('.bias')) return 'bias';
  if (name.endsWith('.token_embedding.weight')) return 'tokens';
  if (name.endsWith('.position_embedding.weight')) return 'positions';
  if (name === 'unet/conv_out.weight') return 'unet-output';
  return RESIDUAL_END.test(name) ? 'residual-end' : 'matrix';
}
