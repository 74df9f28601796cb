// Light from discs of sun, rectangles, spheres and tubes; and their glow in the air.
float ggx(float ndh,float a){ float a2=a*a; float d=ndh*ndh*(a2-1.)+1.; return a2/(3.1416*d*d); }
vec3 specular(vec3 n,vec3 v,vec3 l,float rough,vec3 f0,float widen){
  vec3 h=normalize(v+l); float a=rough*rough; float b=clamp(a+widen,0.,1.); float norm=a*a/(b*b); float ndl=max(dot(n,l),0.),ndv=max(dot(n,v),.06);
  float k=a*.5+.05; float g=1./((ndl*(1.-k)+k)*(ndv*(1.-k)+k)*4.); float f=pow(1.-max(dot(h,v),0.),5.);
  return min((f0+(1.-f0)*f*(1.-rough)*(1.-rough))*ggx(max(dot(n,h),0.),b)*norm*g*ndl,3.)*1.0; }
// Edge integral of a polygonal light: Hill and Heitz, Real-Time Area Lighting (2016).
vec3 edgeLight(vec3 a,vec3 b){ float x=dot(a,b),y=abs(x); float u=.8543985+(.4965155+.0145206*y)*y; float w=3.4175940+(4.1616724+y)*y; float v=u/w; float k=x>0.?v:.5*inversesqrt(max(1.-x*x,1e-7))-v; return cross(a,b)*k; }
float rectForm(vec3 p,vec3 n,vec3 c,vec3 ex,vec3 ey){
  vec3 a=normalize(c-ex-ey-p),b=normalize(c+ex-ey-p),d=normalize(c+ex+ey-p),e=normalize(c-ex+ey-p);
  vec3 f=edgeLight(a,b)+edgeLight(b,d)+edgeLight(d,e)+edgeLight(e,a); float l=length(f); float z=dot(f,n)/max(l,1e-5);
  return l*max((l*l+z)/(l+1.),0.)*.1592*2.; }
vec3 nearestOn(vec3 p,vec3 r,vec3 c,vec3 ex,vec3 ey){ vec3 fz=normalize(cross(ex,ey)); float dn=dot(r,fz); float t=abs(dn)>1e-4?dot(c-p,fz)/dn:1e3; vec3 h=p+r*(t>0.?t:1e3)-c;
  float x=clamp(dot(h,ex)/dot(ex,ex),-1.,1.),y=clamp(dot(h,ey)/dot(ey,ey),-1.,1.); return c+ex*x+ey*y; }
float window_(float d,float r){ float x=d/r; x*=x; x=clamp(1.-x*x,0.,1.); return x*x; }
// Single scattering towards the eye from a point light along the ray, 0..far.
float airGlow(vec3 o,vec3 rd,float far,vec3 c){ vec3 q=o-c; float b=dot(rd,q); float s=inversesqrt(max(dot(q,q)-b*b,.0025)); return s*(atan((far+b)*s)-atan(b*s)); }
// The same inside a cone of light, with drifting dust; jitter 0..1.
float beamGlow(vec3 o,vec3 rd,float far,vec3 c,vec3 aim,float wide,float tight,float reach,float jitter){
  float b=dot(c-o,rd); float a=max(b-reach,0.),e=min(b+reach,far); if(e<=a) return 0.; float w=(e-a)/24.,sum=0.;
  for(int i=0;i<24;i++){ vec3 p=o+rd*(a+w*(float(i)+jitter)); vec3 l=p-c; float d2=dot(l,l); float k=dot(l,aim)*inversesqrt(d2); sum+=smoothstep(wide,tight,k)/(d2+1.)*window_(sqrt(d2),reach)*(.55+.9*noiseLow(p.xz*.045+p.y*.03)); }
  return sum*w; }
