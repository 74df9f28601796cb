// First hit of a cone that holds a tile of pixels: where the rays of the tile may begin. Runs from large to small tiles.
uniform sampler2D uStart;
uniform float uParent;   // pixels of the larger tile whose start is known, 0 is none
out vec4 oStart;
void main(){
  vec2 px=gl_FragCoord.xy*uStep; vec3 rd=rayAt(px); float k=uStep*.75/uFocal; float t=.05; if(uParent>0.) t=texelFetch(uStart,ivec2(px/uParent),0).r;
  float safe=t; for(int i=0;i<80;i++){ float d=map(uEye+rd*t); float r=k*t; if(d<r||t>uReach) break; safe=t; t+=max(d-r*.5,r*.25); }
  oStart=vec4(safe); }
